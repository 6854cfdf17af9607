"""One connection, on which statements follow each other, and which is made anew as often as it breaks.

Nothing is ever cancelled at the server: PostgreSQL answers a commit that waits for its standby, and is
cancelled, with success (and a warning). A call that is not wanted any more ends its connection instead, and
what it did then is unknown, as after any broken connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from partyserver.exceptions import ClusterError
from partyserver.postgres.connector import Connector
from partyserver.postgres.failures import FAILURES, one_line, passes

if TYPE_CHECKING:
    import asyncpg

T = TypeVar("T")
Wire: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Work: TypeAlias = "Callable[[Wire, bool], Awaitable[T]]"
"""Statements of one transaction. The flag says that an earlier try may have been committed."""

_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.25
_WARNINGS: Final = "01"


class Lane:
    """A connection for calls of one kind.

    Args:
        connector: opens it.
        patience: seconds that one try may take, or None: as long as it takes.
    """

    def __init__(self, connector: Connector, patience: float | None = None) -> None:
        self.patience = patience
        self._connector = connector
        self._wire: Wire | None = None
        self._turn = asyncio.Lock()
        self._doubt = False
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a call is on its way."""
        return self._turn.locked()

    async def run(self, work: Work[T]) -> T:
        """Do work until the database has answered, and there is no doubt about the answer.

        Raises:
            ClusterError: the statement itself was refused, or the lane is closed.
        """
        async with self._turn:
            again, pauses = False, _pauses()
            while True:
                try:
                    wire = await self._connected()
                except FAILURES as error:
                    self._failed(error)
                    await asyncio.sleep(next(pauses))
                    continue
                try:
                    answer = await self._attempt(wire, work, again)
                except FAILURES as error:
                    if not passes(error):
                        text = f"the cluster's database refused a statement: {one_line(error)}"
                        raise ClusterError(text) from error
                    wire.terminate()
                    self._failed(error)
                else:
                    if not self._doubt:
                        self._connector.back()
                        return answer
                again = True
                await asyncio.sleep(next(pauses))

    def close(self) -> None:
        """End the connection; a call that is on its way fails."""
        self._closed = True
        if self._wire is not None:
            self._wire.terminate()

    async def adopt(self, wire: Wire) -> None:
        """Use a connection that is open already."""
        wire.add_log_listener(self._on_log)
        self._wire = wire

    def _failed(self, error: BaseException) -> None:
        if not self._closed:
            self._connector.away(error)

    async def _connected(self) -> Wire:
        """The connection, made anew where it broke.

        Raises:
            ClusterError: the lane is closed.
        """
        if self._closed:
            raise ClusterError("the connection to the cluster's database is closed")
        if self._wire is None or self._wire.is_closed():
            await self.adopt(await self._connector.connect())
        assert self._wire is not None
        return self._wire

    async def _attempt(self, wire: Wire, work: Work[T], again: bool) -> T:
        self._doubt = False
        attempt = asyncio.ensure_future(self._transaction(wire, work, again))
        try:
            done, _ = await asyncio.wait({attempt}, timeout=self.patience)
        except asyncio.CancelledError:
            wire.terminate()
            await asyncio.wait({attempt})
            if not attempt.cancelled():
                attempt.exception()  # nobody wants it
            raise
        if not done:
            wire.terminate()
            await asyncio.wait({attempt})
        return attempt.result()

    async def _transaction(self, wire: Wire, work: Work[T], again: bool) -> T:
        if not self._connector.pooled:
            return await work(wire, again)  # one statement is a transaction of its own
        async with wire.transaction():
            return await work(wire, again)

    def _on_log(self, _: Any, message: Any) -> None:
        # It comes before the answer: both are called by the loop in the order in which they were read.
        if str(message.sqlstate or "").startswith(_WARNINGS):
            self._doubt = True


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)

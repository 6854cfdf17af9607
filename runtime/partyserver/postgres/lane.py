"""One connection, on which statements follow each other, and which is made anew as often as it breaks.

Nothing is ever cancelled at the server: PostgreSQL answers a commit that waits for its standby, and is
cancelled, with success (and a warning). A call that is not wanted any more ends its connection instead, and
what it did then is unknown, as after any broken connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from partyserver.exceptions import ClusterError
from partyserver.postgres.connector import BEGIN, Connector
from partyserver.postgres.failures import FAILURES, one_line, passes

if TYPE_CHECKING:
    import asyncpg

T = TypeVar("T")
Wire: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Work: TypeAlias = "Callable[[Wire, bool], Awaitable[T]]"
"""Statements of one transaction. The flag says that an earlier try may have been committed."""

_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.25
_PATIENCE: Final = 5.0
_LONGEST_PATIENCE: Final = 320.0
_GOODBYE: Final = 1.0
_WARNINGS: Final = "01"


class Lane:
    """A connection for calls of one kind.

    A try that lasts too long is given up with its connection, and made again on another one: what stands
    between may have lost it, or the server may have stopped, and another have taken its place. Each lasts
    longer than the one before, for the server may keep the session of the earlier ones for a while.

    Attributes:
        patience: seconds that the first try of a call may take.
        longest: seconds that a later one may take at most.
    """

    def __init__(self, connector: Connector) -> None:
        self.patience = _PATIENCE
        self.longest = _LONGEST_PATIENCE
        self.waiting = 0
        """How many calls have not been answered."""
        self._connector = connector
        self._wire: Wire | None = None
        self._turn = asyncio.Lock()
        self._doubt = False
        self._closed = False

    async def run(self, work: Work[T]) -> T:
        """Do work until the database has answered, and there is no doubt about the answer.

        Raises:
            ClusterError: the statement itself was refused, or the lane is closed.
        """
        self.waiting += 1
        try:
            async with self._turn:
                return await self._repeat(work)
        finally:
            self.waiting -= 1

    async def _repeat(self, work: Work[T]) -> T:
        again, pauses, patience = False, _pauses(), self.patience
        while True:
            try:
                wire = await self._connected()
            except FAILURES as error:
                self._failed(error)
                await asyncio.sleep(next(pauses))
                continue
            try:
                answer = await self._attempt(wire, work, again, patience)
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
            again, patience = True, min(patience * 2, self.longest)
            await asyncio.sleep(next(pauses))

    async def close(self) -> None:
        """End the connection; a call that is on its way fails."""
        self._closed = True
        if self._wire is None or self._wire.is_closed():
            return
        if self._turn.locked():
            self._wire.terminate()
        else:
            with suppress(*FAILURES):
                await self._wire.close(timeout=_GOODBYE)

    def adopt(self, wire: Wire) -> None:
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
        self._check_open()
        wire = self._wire
        if wire is None or wire.is_closed():
            wire = await self._connector.connect()
            if self._closed:
                wire.terminate()
            self._check_open()
            self.adopt(wire)
        return wire

    def _check_open(self) -> None:
        if self._closed:
            raise ClusterError("the connection to the cluster's database is closed")

    async def _attempt(self, wire: Wire, work: Work[T], again: bool, patience: float) -> T:
        self._doubt = False
        attempt = asyncio.ensure_future(self._transaction(wire, work, again))
        try:
            done, _ = await asyncio.wait({attempt}, timeout=patience)
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
        await wire.execute(BEGIN)
        try:
            answer = await work(wire, again)
        except BaseException:
            wire.terminate()  # rather than to find out what state it is in
            raise
        await wire.execute("COMMIT")
        return answer

    def _on_log(self, _: Any, message: Any) -> None:
        # It comes before the answer: both are called by the loop in the order in which they were read.
        if str(message.sqlstate or "").startswith(_WARNINGS):
            self._doubt = True


class Lanes:
    """Some connections for calls of one kind; each takes the one where the fewest wait."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = lanes

    async def run(self, work: Work[T]) -> T:
        """See `Lane.run`."""
        return await min(self._lanes, key=lambda lane: lane.waiting).run(work)


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)

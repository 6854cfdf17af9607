"""The output gate: messages and answers leave once the writes before them are committed.

It is modelled on the output gates of Cloudflare's Durable Objects. Whatever is sent waits for the commit that
covers everything written before, by any room, since rooms of one process can reveal each other's writes; a
backend may tell them apart (`StorageBackend.gate`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager

from starlette.responses import Response
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from partyserver.exceptions import StorageError
from partyserver.storage.backend import Commit, CommitGate

STORAGE_FAILED = (1011, "Storage failed")
"""Code and reason of the close where a commit failed."""


async def until_committed(gate: CommitGate) -> None:
    """Return once everything that was written before is committed.

    Raises:
        StorageError: the commit failed.
    """
    commit = gate.pending
    if commit is not None:
        await asyncio.shield(commit)


def gated_send(send: Send, gate: CommitGate) -> Send:
    """An ASGI `send` whose messages wait for the writes before them; it raises where those are lost."""

    async def send_committed(message: AsgiMessage) -> None:
        await until_committed(gate)
        await send(message)

    return send_committed


async def send_response(
    response: Response, scope: Scope, receive: Receive, send: Send, gate: CommitGate
) -> None:
    """Send an answer whose handler's writes are committed; a body that is made on the way waits for its own.

    Raises:
        StorageError: what was written on the way could not be committed.
    """
    ready = type(response).__call__ is Response.__call__
    await response(scope, receive, send if ready else gated_send(send, gate))


class Outbox:
    """Makes calls in their order, each once what was written before it is committed."""

    def __init__(self, gate: CommitGate, lost: Callable[[], None]) -> None:
        """
        Args:
            gate: what the calls wait for.
            lost: called instead of a call, and of those behind it, where the commit failed.
        """
        self._gate = gate
        self._lost = lost
        self._waiting: deque[tuple[Callable[[], None], Commit | None]] = deque()

    @property
    def is_empty(self) -> bool:
        """Whether no call waits."""
        return not self._waiting

    def put(self, call: Callable[[], None]) -> None:
        """Make a call now, or when its turn comes."""
        self._waiting.append((call, self._gate.pending))
        if len(self._waiting) == 1:
            self._go_on()

    def clear(self) -> None:
        """Forget the calls that wait."""
        self._waiting.clear()

    def _go_on(self, _: object = None) -> None:
        while self._waiting:
            call, commit = self._waiting[0]
            if commit is not None and not commit.done():
                commit.add_done_callback(self._go_on)
                return
            if commit is not None and commit.exception() is not None:
                self._waiting.clear()
                self._lost()
                return
            self._waiting.popleft()
            call()


class RoomCommits:
    """The commits of one room's writes."""

    def __init__(self, gate: CommitGate, lost: Callable[[], None]) -> None:
        """
        Args:
            gate: tells of the room's writes.
            lost: called when a commit with writes of the room has failed.
        """
        self._gate = gate
        self._lost = lost
        self._commit: Commit | None = None  # of the room's last write, while it is pending
        self._failure: BaseException | None = None  # of the last commit that failed

    def wrote(self) -> None:
        """The room has written something."""
        commit = self._gate.pending
        if commit is not None and commit is not self._commit:
            self._commit = commit
            commit.add_done_callback(self._done)

    def _done(self, commit: Commit) -> None:
        if self._commit is commit:
            self._commit = None
        if (failure := commit.exception()) is not None:
            self._failure = failure
            self._lost()

    @property
    def pending(self) -> bool:
        """Whether something that the room has written is not committed yet."""
        return self._commit is not None

    async def settled(self) -> None:
        """Return once all that the room has written is committed.

        Raises:
            StorageError: the last commit failed.
        """
        if self._commit is not None:
            await asyncio.shield(self._commit)

    def watched(self) -> AbstractContextManager[None]:
        """A context that raises at its end if a commit of the room failed within it.

        Raises:
            StorageError: one failed.
        """
        return _Watched(self)


class _Watched:
    """The context of `watched`. Every event makes one; a generator would take three times as long."""

    __slots__ = ("_before", "_commits")

    def __init__(self, commits: RoomCommits) -> None:
        self._commits = commits

    def __enter__(self) -> None:
        self._before = self._commits._failure

    def __exit__(self, error_type: type[BaseException] | None, *_: object) -> None:
        failure = self._commits._failure
        if error_type is None and failure is not None and failure is not self._before:
            raise StorageError(str(failure)) from failure

"""The socket that the deprecated `stub.connect()` gives at once, while the connection is being made."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ClassVar

from partyserver import CloseEvent, ErrorEvent, PartyServerError, ReadyState, StubSocket
from partyserver.background import BackgroundTasks
from partyserver.sockets import Socket, as_message
from partyserver.wire import ABNORMAL, Data, check_close

_tasks = BackgroundTasks()


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """The connection stands."""

    type: ClassVar[str] = "open"


class ConnectingSocket(StubSocket):
    """A `StubSocket` that may be used before it is open: what is sent meanwhile waits."""

    def __init__(self) -> None:
        super().__init__(_NoWire(), _tasks.watch)  # type: ignore[arg-type]
        self.ready_state = ReadyState.CONNECTING
        self._before: list[Callable[[], object]] = []

    def send(self, message: Data) -> Awaitable[None]:
        """Send a message; see `Socket.send`."""
        message = as_message(message)
        if self.ready_state is not ReadyState.CONNECTING:
            return super().send(message)
        self._before.append(lambda: self.send(message))
        return self._drained

    def close(self, code: int | None = None, reason: str = "") -> None:
        """Close the socket; see `Socket.close`."""
        check_close(code, reason)
        if self.ready_state is ReadyState.CONNECTING:
            self._before.append(lambda: self.close(code, reason))
        else:
            super().close(code, reason)

    async def connect(self, connecting: Coroutine[Any, Any, Socket]) -> None:
        """Be the socket that comes, or say that none does."""
        try:
            socket = await connecting
        except PartyServerError as error:
            self._dispatch(ErrorEvent(error))
            self._dispatch(CloseEvent(ABNORMAL, was_clean=False))
            return
        self._transport = socket._transport
        self._drained = socket._drained
        self.ready_state = ReadyState.OPEN
        for event_type in ("message", "close", "error"):
            socket.add_event_listener(event_type, self._dispatch)
        for action in self._before:
            action()
        self._dispatch(OpenEvent())  # type: ignore[arg-type]


class _NoWire:
    """Carries nothing: there is no connection yet."""

    frames = None

    def send(self, message: Data) -> None: ...

    def close(self, code: int | None, reason: str) -> None: ...

    def fail(self, code: int, reason: str) -> None: ...

    async def drain(self) -> None:
        await asyncio.sleep(0)


def connecting_socket(connecting: Coroutine[Any, Any, Socket]) -> ConnectingSocket:
    """A socket to be used at once.

    Args:
        connecting: gives the real one.
    """
    socket = ConnectingSocket()
    _tasks.start(socket.connect(connecting))
    return socket

"""The socket that the deprecated `stub.connect()` returns at once, before the connection is open."""

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
    """The connection is open."""

    type: ClassVar[str] = "open"


class ConnectingSocket(StubSocket):
    """A `StubSocket` that may be used before it is open: what is sent before that waits."""

    def __init__(self) -> None:
        super().__init__(_NoWire(), _tasks.watch)  # type: ignore[arg-type]
        self.ready_state = ReadyState.CONNECTING
        self._before: list[Callable[[], object]] = []  # sends and closes, until the socket is open

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
        """Take over the connected socket, or dispatch that there is none."""
        try:
            socket = await connecting
        except PartyServerError as error:
            self._dispatch(ErrorEvent(error))
            self._dispatch(CloseEvent(ABNORMAL, was_clean=False))
            return
        # Not a proxy: this object becomes the socket, so that sends cost no second call.
        self._transport = socket._transport
        self._drained = socket._drained
        self.ready_state = ReadyState.OPEN
        if isinstance(socket, StubSocket):
            self._unheard.bound_as(socket._unheard)
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
    """Make a socket that can be used at once.

    Args:
        connecting: returns the connected socket.
    """
    socket = ConnectingSocket()
    _tasks.start(socket.connect(connecting))
    return socket

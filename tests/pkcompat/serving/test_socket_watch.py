"""A watched socket: whether the application awaits its events."""

from __future__ import annotations

from typing import Any

from starlette.types import Receive, Scope, Send

from pkcompat.serving.socket_watch import WatchedSocket


class Noted(WatchedSocket):
    __slots__ = ("noted",)

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self.noted: list[Any] = []

    def note_message(self, message: str | bytes) -> None:
        self.noted.append(message)

    def note_disconnect(self, event: Any) -> None:
        self.noted.append(event["code"])

    def note_sent(self, event: Any) -> None:
        self.noted.append(event["type"])

    def note_end(self) -> None:
        self.noted.append("end")


async def test_a_socket_whose_application_awaits_its_events() -> None:
    events: list[Any] = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "text"},
        {"type": "websocket.receive", "bytes": b"bytes", "text": None},
        {"type": "websocket.disconnect", "code": 1000},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0)

    async def send(event: Any) -> None:
        sent.append(event)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass

    scope = {"type": "websocket", "extensions": {}}
    socket = Noted(scope, receive, send)
    await socket.run(app, scope)
    assert socket.noted == ["websocket.accept", "text", b"bytes", 1000, "end"]
    assert sent == [{"type": "websocket.accept"}]

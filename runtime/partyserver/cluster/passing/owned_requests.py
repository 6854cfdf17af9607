"""Requests to this node's rooms whose clients have reached another node."""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.types import Message as AsgiMessage
from starlette.types import Scope

from partyserver.cluster.passing.bodies import WINDOW, Window, parts
from partyserver.cluster.passing.link import Link, Stream
from partyserver.cluster.passing.messages import (
    AnyMessage,
    Body,
    BodyFailed,
    Broken,
    Credit,
    Ended,
    NotMine,
    Part,
    Start,
)
from partyserver.exceptions import BodyTooLargeError


class OwnedExchange(Stream):
    """One such request: ASGI's `receive` and `send`, over a link."""

    __slots__ = (
        "_asked",
        "_bodies",
        "_failure",
        "_is_complete",
        "_is_gone",
        "_raises",
        "_start",
        "_wakes",
        "_window",
    )

    def __init__(self, link: Link, number: int, scope: Scope) -> None:
        super().__init__(link, number)
        self._bodies: deque[Body] = deque()
        self._failure: Exception | None = None
        self._is_gone = False
        self._is_complete = False
        self._asked = False  # for the body
        self._start: Start | None = None  # leaves with the first part
        self._raises = scope.get("asgi", {}).get("spec_version", "2.0") >= "2.4"
        self._wakes: asyncio.Future[None] | None = None
        self._window = Window()
        link.streams[number] = self

    async def receive(self) -> AsgiMessage:
        """See ASGI: a part of the body, or that the client has gone."""
        if not self._asked:
            self._asked = True
            self.link.send(Credit(self.id, WINDOW))
        while True:
            if self._bodies:
                body = self._bodies.popleft()
                if body.data:
                    self.link.send(Credit(self.id, len(body.data)))
                return {"type": "http.request", "body": body.data, "more_body": body.more}
            if self._failure is not None:
                raise self._failure
            if self._is_gone or self._is_complete:
                return {"type": "http.disconnect"}
            self._wakes = self._wakes or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._wakes)

    async def send(self, message: AsgiMessage) -> None:
        """See ASGI: the head of the answer, or a part of its body."""
        if self._is_gone:
            if self._raises:
                raise OSError("the client has gone")
            return
        if message["type"] == "http.response.start":
            headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
            self._start = Start(self.id, message["status"], headers)
        elif message["type"] == "http.response.body":
            await self._send_body(bytes(message.get("body", b"")), more=message.get("more_body", False))

    async def _send_body(self, data: bytes, *, more: bool) -> None:
        self._send_head()
        for part, more_follows in parts(data, more=more):
            await self._window.take(len(part))
            if self._is_gone:
                return
            self.link.send(Part(self.id, part, more_follows))
        if not more:
            self._is_complete = True
            self._wake()

    def _send_head(self) -> None:
        start, self._start = self._start, None
        if start is not None:
            self.link.send(start)

    def refuse(self) -> None:
        """The room is not this node's, and nothing has happened."""
        self.link.send(NotMine(self.id))
        self._is_complete = True

    def finish(self) -> None:
        """The handler is done."""
        if not self._is_complete:
            self._send_head()
            self.link.send(Broken(self.id))
        self.link.forget(self)

    def got(self, message: AnyMessage) -> None:
        if isinstance(message, Body):
            self._bodies.append(message)
        elif isinstance(message, Credit):
            self._window.give(message.size)
        elif isinstance(message, BodyFailed):
            most = message.most
            self._failure = BodyTooLargeError(most) if most else RuntimeError("Stream consumed")
        elif isinstance(message, Ended):
            self._gone()
        self._wake()

    def lost(self, *, delivered: bool) -> None:
        self._gone()
        self._wake()

    def _gone(self) -> None:
        self._is_gone = True
        self._window.end()

    def _wake(self) -> None:
        wakes, self._wakes = self._wakes, None
        if wakes is not None and not wakes.done():
            wakes.set_result(None)

"""Requests of this node's clients whose room is another node's."""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from partyserver.background import BackgroundTasks
from partyserver.cluster.passing.bodies import Window, parts
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
from partyserver.exceptions import BodyTooLargeError, NotOwnerError, PartyServerError, StartError
from partyserver.responses import AnsweredError, text_response
from partyserver.wire import ABNORMAL


class BrokenAnswerError(PartyServerError):
    """The answer of another node has ended in the middle."""


class EntryExchange(Stream):
    """One such request, and its answer."""

    __slots__ = ("_error", "_is_gone", "_parts", "_pump", "_start", "_tasks", "_wakes", "_window")

    def __init__(self, link: Link, number: int, tasks: BackgroundTasks) -> None:
        super().__init__(link, number)
        self._tasks = tasks
        self._start: asyncio.Future[Start] = asyncio.get_running_loop().create_future()
        self._parts: deque[Part] = deque()
        self._wakes: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._is_gone = False  # whether the client has left
        self._window = Window(0)  # nothing is read before the owner's handler does, which may never run
        self._pump: asyncio.Task[None] | None = None

    async def answer(self, request: Request) -> Response:
        """The answer, whose body comes as it is sent on.

        Raises:
            NotOwnerError: the other node is not the owner, and nothing has happened.
            StartError: it went away meanwhile.
        """
        self._pump = self._tasks.start(self._pass_on(request))
        try:
            start = await self._start
        except BaseException:
            self.finish()
            raise
        return PassedAnswer(self, start)

    async def _pass_on(self, request: Request) -> None:
        """Pass the body on, then tell when the client has gone."""
        await self._window.take(0)
        if self._window.is_over:
            return
        try:
            async for data in request.stream():
                for part, _ in parts(data, more=True):
                    await self._window.take(len(part))
                    self.link.send(Body(self.id, part, more=True))
            self.link.send(Body(self.id, b"", more=False))
            while (await request.receive())["type"] != "http.disconnect":
                pass
        except BodyTooLargeError as error:
            self.link.send(BodyFailed(self.id, error.most))
            return
        except ClientDisconnect:
            pass
        except RuntimeError:  # a hook has read it already
            self.link.send(BodyFailed(self.id, 0))
            return
        self._is_gone = True
        self.link.send(Ended(self.id, ABNORMAL))
        self._wake()

    async def next_part(self) -> Part | None:
        """The next part of the answer's body; None where the client has left.

        Raises:
            BrokenAnswerError: there is none although there should be.
        """
        while not self._parts:
            if self._is_gone:
                return None
            if self._error is not None:
                raise self._error
            self._wakes = asyncio.get_running_loop().create_future()
            await self._wakes
        return self._parts.popleft()

    def took(self, size: int) -> None:
        """The client has taken so many bytes."""
        if size:
            self.link.send(Credit(self.id, size))

    def finish(self) -> None:
        """Nobody wants more of it."""
        if self._pump is not None and not self._pump.done():
            self._pump.cancel()
        if self.id in self.link.streams:
            self.link.forget(self)
            self.link.send(Ended(self.id, ABNORMAL))

    def got(self, message: AnyMessage) -> None:
        if isinstance(message, Part):
            self._parts.append(message)
            if not message.more:
                self.link.forget(self)
        elif isinstance(message, Start):
            if not self._start.done():
                self._start.set_result(message)
        elif isinstance(message, Credit):
            self._window.give(message.size)
        elif isinstance(message, NotMine):
            self._fail(NotOwnerError(f"the room is not at node {self.link.peer.id}"))
        elif isinstance(message, Broken):
            if self._is_gone and not self._start.done():
                self._start.set_result(Start(self.id, 500, []))  # for nobody
            self._fail(BrokenAnswerError("the answer broke off at the node that has the room"))
        self._wake()

    def lost(self, *, delivered: bool) -> None:
        text = "The node that has the room went away."
        if not delivered:
            self._fail(NotOwnerError(text))
        elif self._start.done():
            self._fail(BrokenAnswerError(text))
        else:
            self._fail(StartError(AnsweredError(text, text_response(text, 502))))
        self._wake()

    def _fail(self, error: Exception) -> None:
        self.link.forget(self)
        self._window.end()
        if self._start.done():
            self._error = error
        else:
            self._start.set_exception(error)

    def _wake(self) -> None:
        wakes, self._wakes = self._wakes, None
        if wakes is not None and not wakes.done():
            wakes.set_result(None)


class PassedAnswer(Response):
    """The answer of another node."""

    def __init__(self, exchange: EntryExchange, start: Start) -> None:
        self.status_code = start.status
        self.raw_headers = [(bytes(name), bytes(value)) for name, value in start.headers]
        self.body = b""
        self.background = None
        self._exchange = exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = self._exchange
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        try:
            await send(head)
            more = True
            while more and (part := await exchange.next_part()) is not None:
                more = part.more
                await send({"type": "http.response.body", "body": part.data, "more_body": more})
                exchange.took(len(part.data))
        finally:
            exchange.finish()

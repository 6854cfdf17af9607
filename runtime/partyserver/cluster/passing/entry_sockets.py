"""Connections of this node's clients whose room is another node's."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from starlette.responses import Response

from partyserver.background import BackgroundTasks
from partyserver.cluster.passing.link import Link, Stream
from partyserver.cluster.passing.messages import (
    Admitted,
    AnyMessage,
    AskSettled,
    Broadcast,
    Close,
    Drain,
    Drained,
    Ended,
    Fail,
    Join,
    NotMine,
    Pause,
    Refused,
    Rejected,
    Resume,
    Said,
    Send,
    Settled,
)
from partyserver.events import CloseEvent, Event, MessageEvent
from partyserver.exceptions import NotOwnerError, ProtocolError, RoomLostError, StartError
from partyserver.responses import AnsweredError, text_response
from partyserver.rooms import ROOM_MOVED
from partyserver.wire import ABNORMAL, Data, FrameWriter, SharedFrames, encode_frame

if TYPE_CHECKING:
    from partyserver.connection import Connection

logger = logging.getLogger("partyserver")

BY_OWNER, BY_LINK = 1, 2
"""What keeps a client from being read."""


class RoomName(Protocol):
    """A room's name."""

    @property
    def party_name(self) -> str:
        """The party's."""

    @property
    def room_id(self) -> str:
        """Its id."""


class EntrySocket(Stream):
    """One such connection: its client's events go to the owner, what the owner sends to the client.

    It is the `ConnectedRoom` of the connection.
    """

    __slots__ = ("_answer", "_paused", "_said", "_tasks", "audience", "connection", "room")

    def __init__(self, link: Link, room: RoomName, connection: Connection, tasks: BackgroundTasks) -> None:
        super().__init__(link, link.number())
        self.room = room
        self.connection = connection
        self.audience: EntryAudience | None = None
        self._tasks = tasks
        self._answer: asyncio.Future[AnyMessage] | None = asyncio.get_running_loop().create_future()
        self._paused = 0
        self._said = 0  # 1: something that may not be handled yet; 2: and the owner was asked

    @property
    def party_name(self) -> str:
        """See `ConnectedRoom.party_name`."""
        return self.room.party_name

    @property
    def room_id(self) -> str:
        """See `ConnectedRoom.room_id`."""
        return self.room.room_id

    async def answered(self) -> EntrySocket:
        """Wait for the owner's answer; see `RoomRunner.connect`.

        Raises:
            NotOwnerError: it is not the owner, and nothing has happened.
            StartError: the handshake is to be refused.
            AnsweredError: the connection is to be closed, with the error's text as reason.
            RoomLostError: the room became another node's while `on_connect` ran.
        """
        assert self._answer is not None
        try:
            message = await self._answer
        except asyncio.CancelledError:
            self._leave(Ended(self.id, ABNORMAL, "", was_clean=False))
            raise
        finally:
            self._answer = None
        if isinstance(message, Admitted):
            return self
        self._leave()
        match message:
            case Rejected(code=code, reason=reason) if code == ROOM_MOVED[0]:
                raise RoomLostError(reason)
            case Rejected(reason=reason):
                raise AnsweredError(reason, Response(status_code=500))
            case Refused(text=text, status=status, headers=headers, body=body):
                response = Response(body, status)
                response.raw_headers = headers
                raise StartError(AnsweredError(text, response))
            case NotMine():
                raise NotOwnerError(f"{self.party_name}/{self.room_id} is not at node {self.link.peer.id}")
        raise AssertionError(message)

    # ConnectedRoom

    @property
    def is_settled(self) -> bool:
        """See `ConnectedRoom.is_settled`."""
        if self._said == 1:
            self._said = 2
            self.link.send(AskSettled(self.id))
        return not self._said

    def dispatch(self, connection: Connection, event: Event) -> None:
        """See `ConnectedRoom.dispatch`."""
        if isinstance(event, MessageEvent):
            self._said = 1
            self.link.figures.messages_to_owners += 1
            self.link.send(Said(self.id, event.data))
            if self.link.is_full:
                self._pause(BY_LINK)
                self.link.wait(self)
        elif isinstance(event, CloseEvent):
            self._leave(Ended(self.id, event.code, event.reason, event.was_clean))
        else:
            error = event.error
            if not isinstance(error, ProtocolError):
                error = ProtocolError(1002, str(error))
            self._leave(Ended(self.id, error.code, error.reason, was_clean=False, is_error=True))

    def link_is_free(self) -> None:
        """See `Pausable.link_is_free`."""
        self._resume(BY_LINK)

    def _pause(self, by: int) -> None:
        if not self._paused and self.connection._flow is not None:
            self.connection._flow.pause_reading()
        self._paused |= by

    def _resume(self, by: int) -> None:
        if self._paused:
            self._paused &= ~by
            if not self._paused and self.connection._flow is not None:
                self.connection._flow.resume_reading()

    def _leave(self, message: Ended | None = None) -> None:
        self.link.forget(self)
        if self.audience is not None:
            self.audience.leave(self)
        self.connection._flow = None
        if message is not None:
            self.link.send(message)

    # Stream

    def got(self, message: AnyMessage) -> None:
        transport = self.connection._transport
        match message:
            case Send():
                self.link.figures.messages_from_owners += 1
                transport.send(message.data)
            case Close():
                self._leave_audience()
                transport.close(message.code, message.reason)
            case Fail():
                self._leave_audience()
                transport.fail(message.code, message.reason)
            case Pause():
                self._pause(BY_OWNER)
            case Resume():
                self._resume(BY_OWNER)
            case Drain():
                self._tasks.start(self._drain())
            case Settled():
                self._said = 0 if self._said == 2 else self._said
            case Join():
                self._join(message.audience)
            case _ if self._answer is not None and not self._answer.done():
                self._answer.set_result(message)

    def lost(self, *, delivered: bool) -> None:
        if self._answer is None:
            self._leave_audience()
            self._resume(BY_OWNER | BY_LINK)
            self.connection._transport.close(*ROOM_MOVED)
        elif not self._answer.done():
            text = "The node that has the room went away."
            response = text_response(text, 503)
            response.headers["Retry-After"] = "1"
            gone = StartError(AnsweredError(text, response))
            self._answer.set_exception(gone if delivered else NotOwnerError(text))

    async def _drain(self) -> None:
        await self.connection._transport.drain()
        self.link.send(Drained(self.id))

    def _join(self, number: int) -> None:
        audience = self.link.streams.get(number)
        if not isinstance(audience, EntryAudience):
            audience = EntryAudience(self.link, number, self._tasks)
        self.audience = audience
        audience.join(self)

    def _leave_audience(self) -> None:
        if self.audience is not None:
            self.audience.leave(self)
            self.audience = None


class EntryAudience(Stream):
    """Those of a room's connections whose clients have reached this node: a broadcast comes once for all."""

    __slots__ = ("_frames", "_members", "_others", "_tasks", "_without")

    def __init__(self, link: Link, number: int, tasks: BackgroundTasks) -> None:
        super().__init__(link, number)
        self._members: dict[int, EntrySocket] = {}
        self._tasks = tasks
        self._frames: SharedFrames | None = None  # of the receivers of this turn's last broadcast
        self._others: list[EntrySocket] = []
        self._without: list[int] = []
        link.streams[number] = self

    def join(self, socket: EntrySocket) -> None:
        """A connection comes."""
        self._members[socket.id] = socket
        self._frames = None

    def leave(self, socket: EntrySocket) -> None:
        """A connection has gone."""
        self._members.pop(socket.id, None)
        self._frames = None
        if not self._members:
            self.link.forget(self)

    def got(self, message: AnyMessage) -> None:
        if isinstance(message, Broadcast):
            self.link.figures.messages_from_owners += 1
            self._send(message.data, message.without)
        elif isinstance(message, Drain):
            self._tasks.start(self._drain())

    def _send(self, data: Data, without: list[int]) -> None:
        if self._frames is None or without != self._without:
            self._find(without)
        if self._frames is not None:
            self._frames.add(encode_frame(data))
        for socket in self._others:
            socket.connection._transport.send(data)

    def _find(self, without: list[int]) -> None:
        left_out = frozenset(without)
        writers: list[FrameWriter] = []
        self._others = []
        self._without = without
        for number, socket in self._members.items():
            if number not in left_out:
                writer = socket.connection._transport.frames
                if writer is None:
                    self._others.append(socket)
                else:
                    writers.append(writer)
        self._frames = SharedFrames(writers, asyncio.get_running_loop(), self._forget) if writers else None

    def _forget(self, frames: SharedFrames) -> None:
        if self._frames is frames:
            self._frames = None

    async def _drain(self) -> None:
        for socket in list(self._members.values()):
            await socket.connection._transport.drain()
        self.link.send(Drained(self.id))

    def lost(self, *, delivered: bool) -> None:
        """Each of its connections is told by itself."""

"""Connections of this node's rooms whose clients have reached another node."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

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
    Message,
    NotMine,
    Pause,
    Refused,
    Rejected,
    Resume,
    Said,
    Send,
    Settled,
)
from partyserver.edge import NO_CLOSE_FRAME
from partyserver.events import CloseEvent, ErrorEvent, MessageEvent
from partyserver.exceptions import ProtocolError
from partyserver.storage import STORAGE_FAILED, CommitGate, Outbox
from partyserver.wire import ABNORMAL, Data

if TYPE_CHECKING:
    from partyserver.connection import Connection
    from partyserver.rooms import ConnectedRoom

UNACKNOWLEDGED = 65_536
"""Bytes that a connection is sent before `await send()` asks whether the client takes them: as many as may
wait for a local one."""

LOOK_EVERY = 0.005
"""Seconds between two looks whether a room has handled everything."""


class OwnedAudience(Stream):
    """The connections of one room that came over one link. What they are sent leaves in one order, once what
    was written before is committed."""

    __slots__ = ("_drains", "_emptied", "_outbox", "_sent", "closed", "gate", "members")

    def __init__(self, link: Link, gate: CommitGate, emptied: Callable[[], None]) -> None:
        """
        Args:
            link: the link.
            gate: tells what has to be committed before something leaves.
            emptied: called when the last has left.
        """
        super().__init__(link, link.number())
        self.gate = gate
        self.members: dict[int, OwnedSocket] = {}
        self.closed = 0  # members that the room has closed
        self._emptied = emptied
        self._outbox: Outbox | None = None  # while something waits
        self._drains: deque[asyncio.Future[None]] = deque()
        self._sent = 0
        link.streams[self.id] = self

    def join(self, socket: OwnedSocket) -> None:
        """A connection comes."""
        self.members[socket.id] = socket
        self.link.send(Join(socket.id, self.id))

    def leave(self, socket: OwnedSocket) -> None:
        """A connection has gone, or is about to."""
        if self.members.pop(socket.id, None) is None:
            return
        self.closed -= socket.is_closed
        if not self.members:
            self.link.forget(self)
            self._wake()
            self._emptied()

    def put(self, socket: OwnedSocket | None, message: Message) -> None:
        """Send a message when what was written before it is committed.

        Args:
            socket: whose it is; None for that of all.
            message: the message.
        """
        if self.gate.pending is None and (self._outbox is None or self._outbox.is_empty):
            self._outbox = None
            self.link.send(message)  # type: ignore[arg-type]
            return
        if self._outbox is None:
            self._outbox = Outbox(self.gate, self._storage_failed)
        self._outbox.put(lambda: self._release(socket, message))

    def _release(self, socket: OwnedSocket | None, message: Message) -> None:
        if socket is None or not socket.has_failed:
            self.link.send(message)  # type: ignore[arg-type]

    def _storage_failed(self) -> None:
        for socket in list(self.members.values()):
            socket.fail(*STORAGE_FAILED)

    def broadcast(self, message: Data, receivers: Collection[OwnedSocket]) -> None:
        """Send a message to some of the connections."""
        if isinstance(message, str) and not message.isascii():
            message.encode()
        without: list[int] = []
        if self.closed or len(receivers) < len(self.members):
            without = list(self.members.keys() - {socket.id for socket in receivers if not socket.is_closed})
        self._sent += len(message)
        self.put(None, Broadcast(self.id, message, without))

    async def drain(self) -> None:
        """Return once all can take more."""
        if self._sent >= UNACKNOWLEDGED and self.members:
            self._sent = 0
            await _ask(self, self._drains)

    def got(self, message: AnyMessage) -> None:
        if isinstance(message, Drained) and self._drains:
            _done(self._drains.popleft())

    def lost(self, *, delivered: bool) -> None:
        self._wake()

    def _wake(self) -> None:
        while self._drains:
            _done(self._drains.popleft())


class OwnedSocket(Stream):
    """One such connection: carries what the room sends to its client, and dispatches what the client does.

    Attributes:
        connection: the connection, as the room has it.
        has_failed: whether nothing more goes to the client.
        is_closed: whether the room has closed it, or it has ended.
    """

    __slots__ = (
        "_drains",
        "_end",
        "_held",
        "_is_paused",
        "_room",
        "_sent",
        "audience",
        "connection",
        "has_failed",
        "is_closed",
    )

    frames = None  # takes none: see `audience`

    def __init__(self, link: Link, number: int, audience: OwnedAudience) -> None:
        super().__init__(link, number)
        self.connection: Connection | None = None
        self.audience = audience
        self.has_failed = False
        self._room: ConnectedRoom | None = None
        self._held: deque[Data] | None = None  # messages that came while it was paused
        self._drains: deque[asyncio.Future[None]] | None = None
        self._end: CloseEvent | ErrorEvent | None = None  # before the room could be told
        self._is_paused = False
        self.is_closed = False  # by the room
        self._sent = 0
        link.streams[number] = self
        audience.join(self)

    def admitted(self, room: ConnectedRoom) -> None:
        """The room has let it in."""
        self._room = room
        self.link.send(Admitted(self.id))
        if self._end is not None:
            self._dispatch_end(self._end)

    def refuse(self, message: NotMine | Refused | Rejected) -> None:
        """The room has not let it in."""
        if self._end is None:
            self.link.send(message)
            self.gone()

    def shut(self, code: int, reason: str) -> None:
        """This node is about to stop."""
        if self._end is None and self._room is not None:
            self.close(code, reason)
            self._ended(CloseEvent(code, reason))

    # Transport

    def send(self, message: Data) -> None:
        if isinstance(message, str) and not message.isascii():
            message.encode()  # half of a surrogate pair is an error here
        if not self.is_closed:
            self._sent += len(message)
            self.audience.put(self, Send(self.id, message))

    def close(self, code: int | None, reason: str) -> None:
        if not self.is_closed:
            self._set_closed()
            self.audience.put(self, Close(self.id, code, reason))

    def fail(self, code: int, reason: str) -> None:
        if not self.has_failed:
            self.has_failed = True
            self._set_closed()
            self.link.send(Fail(self.id, code, reason))

    def _set_closed(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.audience.closed += 1

    async def drain(self) -> None:
        if self._sent >= UNACKNOWLEDGED and self._end is None:
            self._sent = 0
            if self._drains is None:
                self._drains = deque()
            await _ask(self, self._drains)

    # Flow

    def pause_reading(self) -> None:
        if not self._is_paused:
            self._is_paused = True
            self.link.send(Pause(self.id))

    def resume_reading(self) -> None:
        if self._is_paused:
            self._is_paused = False
            if self._held is None:
                self.link.send(Resume(self.id))
            else:
                asyncio.get_running_loop().call_soon(self._release)

    def _release(self) -> None:
        while self._held and not self._is_paused and self._end is None:
            self._dispatch(self._held.popleft())
        if not self._held:
            self._held = None
            if not self._is_paused and self._end is None:
                self.link.send(Resume(self.id))

    # Stream

    def got(self, message: AnyMessage) -> None:
        if isinstance(message, Said):
            if self._is_paused or self._held is not None:
                if self._held is None:
                    self._held = deque()
                self._held.append(message.data)
            else:
                self._dispatch(message.data)
        elif isinstance(message, Ended):
            self.ended(message)
        elif isinstance(message, Drained) and self._drains:
            _done(self._drains.popleft())
        elif isinstance(message, AskSettled):
            self._tell_when_settled()

    def ended(self, message: Ended) -> None:
        """The client's WebSocket has ended."""
        if message.is_error:
            self._ended(ErrorEvent(ProtocolError(message.code, message.reason)))
        else:
            self._ended(CloseEvent(message.code, message.reason, message.was_clean))

    def lost(self, *, delivered: bool) -> None:
        self._ended(CloseEvent(ABNORMAL, NO_CLOSE_FRAME, was_clean=False))

    def _ended(self, event: CloseEvent | ErrorEvent) -> None:
        if self._end is not None:
            return
        while self._held:
            self._dispatch(self._held.popleft())
        self._held = None
        self._end = event
        self.gone()
        if self._room is not None:
            self._dispatch_end(event)

    def gone(self) -> None:
        """Nothing goes to the client any more."""
        self.audience.leave(self)
        self.has_failed = self.is_closed = True
        self.link.forget(self)
        while self._drains:
            _done(self._drains.popleft())

    def _dispatch(self, data: Data) -> None:
        if self._room is not None and self.connection is not None:
            self._room.dispatch(self.connection, MessageEvent(data))

    def _dispatch_end(self, event: CloseEvent | ErrorEvent) -> None:
        room, self._room = self._room, None
        if room is not None and self.connection is not None:
            room.dispatch(self.connection, event)

    def _tell_when_settled(self) -> None:
        if self._end is not None:
            return
        if self._held is None and (self._room is None or self._room.is_settled):
            self.audience.put(self, Settled(self.id))
        else:
            asyncio.get_running_loop().call_later(LOOK_EVERY, self._tell_when_settled)


async def _ask(stream: OwnedSocket | OwnedAudience, drains: deque[asyncio.Future[None]]) -> None:
    done = asyncio.get_running_loop().create_future()
    drains.append(done)
    if isinstance(stream, OwnedSocket):
        stream.audience.put(stream, Drain(stream.id))
    else:
        stream.put(None, Drain(stream.id))
    await done


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

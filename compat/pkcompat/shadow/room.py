"""A shadow's room: it gets what the real room got, and nothing that it does gets out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from urllib.parse import urlsplit

from starlette.requests import Request as HttpRequest
from starlette.types import Message as AsgiMessage

from partyserver import Connection, PartyServer
from partyserver.background import BackgroundTasks
from partyserver.events import CloseEvent, ErrorEvent, MessageEvent
from partyserver.exceptions import ProtocolError, StartError
from partyserver.responses import ErrorAnswers
from partyserver.rooms import Rejection, admit, respond
from partyserver.wire import shorten_reason
from pkcompat.recording import path_with_id, recorded_headers
from pkcompat.shadow.clients import ShadowClient, ShadowWire
from pkcompat.shadow.feed import replied
from pkcompat.shadow.history import History
from pkcompat.shadow.instance import ShadowInstance
from pkcompat.shadow.other_rooms import OutsideRecord, RecordedOutside
from pkcompat.shadow.records import (
    Asked,
    Begin,
    Body,
    Came,
    ClosedHere,
    Connected,
    Connects,
    Ended,
    Idles,
    Rang,
    Replied,
    Rests,
    RoomRecord,
    Sent,
    SocketEnded,
    SocketGot,
    Starts,
    WasRefused,
)
from pkcompat.shadow.streams import Deed, Mismatch, Streams, closed
from pkcompat.traffic import Answer, Closed, Masker, Message, Opened, sorted_headers

MOST_WAITING = 2_000
"""How many records may wait for a room's shadow."""

MOST_WAITING_BYTES = 4_000_000
"""How many bytes these may have."""

MOST_AHEAD = 10_000
"""How many things one form may be ahead of the other, plus ten for each client."""

_INPUTS = (Connects, Came, Ended, Asked, Rang, Rests, SocketGot, SocketEnded)

current_room: ContextVar[ShadowRoom | None] = ContextVar("current_room", default=None)


class ShadowRoom:
    """Processes the records of one room, in order.

    An input reaches the shadow only when it has done all that the other form had done before that input. So
    both are in the same state when it arrives, even if the shadow is slower, or records arrive late.

    Args:
        starts: how the room starts.
        server_class: the shadow's form of the party.
        begin: what is known about the host.
        differs: called with the first difference, after which the room ends.
        gives_up: called with the reason when the room ends; it is empty for the room's own end.

    Attributes:
        starts: how the room started.
        history: the steps that clients took, for a traffic file.
        error: the traceback of the last exception in a handler.
        over: why it has ended; empty until then.
        streams: what is compared.
    """

    def __init__(
        self,
        starts: Starts,
        server_class: type[PartyServer],
        begin: Begin,
        differs: Callable[[ShadowRoom, Mismatch], None],
        gives_up: Callable[[ShadowRoom, str], None],
    ) -> None:
        self.starts = starts
        self.error = ""
        self.over = ""
        self.streams = Streams(begin.rules)
        self.history = History(Masker(begin.masks), begin.idle_timeout, hibernates=starts.hibernates)
        self._debug_answers = ErrorAnswers(begin.debug)
        self._differs = differs
        self._gives_up = gives_up
        self._oldest = round(begin.patience) + 1  # the first second may be cut short
        self._clients: dict[int, tuple[ShadowClient, Connection]] = {}
        self._ending: asyncio.Task[None] | None = None  # held, or asyncio might drop the task
        self._bodies: dict[int, asyncio.Queue[AsgiMessage]] = {}  # by request
        self._asked: dict[int, str] = {}  # the streams of answers, in words, by request
        self._outside = RecordedOutside(self._primary, self._shadow)
        self._tasks = BackgroundTasks()
        self._news = asyncio.Event()  # the shadow did something, or became idle
        self._queue: asyncio.Queue[tuple[float, RoomRecord, int]] = asyncio.Queue()
        self._queued = 0  # including the record that is being processed
        self._queued_bytes = 0
        self._must_idle = False  # the shadow must be idle before the next input
        self._waited = 0  # seconds that the next input has waited
        self._instance = ShadowInstance(
            starts, server_class, begin, self._outside, self._tasks, idles=self._news.set
        )
        self._runner = self._instance.runner
        self._task = asyncio.get_running_loop().create_task(self._run())

    # Records

    def put(self, now: float, record: RoomRecord, size: int) -> None:
        """Queue a record.

        Args:
            now: when it arrived, in seconds of a monotonic clock.
            record: the record.
            size: its size in bytes.
        """
        self._queued += 1
        self._queued_bytes += size
        if self._queued > MOST_WAITING or self._queued_bytes > MOST_WAITING_BYTES:
            self.end("its shadow fell behind")
        else:
            self._queue.put_nowait((now, record, size))

    async def _run(self) -> None:
        current_room.set(self)
        while not self.over:
            now, record, size = await self._queue.get()
            comes_in = isinstance(record, _INPUTS)
            if comes_in:
                await self._caught_up()
            if not self.over:
                self._take(now, record)
            if comes_in:
                await asyncio.sleep(0)  # let its handler start, up to its first await
            self._queued -= 1
            self._queued_bytes -= size

    async def _caught_up(self) -> None:
        """Wait until the shadow has done all that the other form did, and is idle if that was."""
        self._waited = 0
        while not self.over and (
            self.streams.primary_ahead or (self._must_idle and not self._runner.is_idle)
        ):
            self._news.clear()
            await self._news.wait()
        self._must_idle = False

    def _take(self, now: float, record: RoomRecord) -> None:
        match record:
            case Connects():
                self._connects(now, record)
            case Connected(_, number):
                self._opened(number)
            case WasRefused(_, number, reason):
                self._refused(number, reason)
            case Came(_, number, data):
                self.history.sends(number, data, now)
                self._runner.dispatch(self._clients[number][1], MessageEvent(data))
            case Ended():
                self._ended(now, record)
            case Sent(_, number, data):
                self.history.spoke(number, now)
                self._primary_sent(number, Message(data))
            case ClosedHere(_, number, code, reason):
                self.history.closed_here(number, now)
                self._primary_sent(number, closed(code, reason))
            case Asked():
                self._requested(now, record)
            case Body(_, number, data, more):
                self._body(number, data, more)
            case Replied():
                self._answered(record)
            case Rang():
                self._rang(now)
            case Idles():
                self._must_idle = True
            case _ if isinstance(record, OutsideRecord):
                self._outside.take(record)
            case Rests(_, gone):
                self._rests(gone=gone)

    # Connections

    def _connects(self, now: float, record: Connects) -> None:
        path = path_with_id(_path(record.uri), record.connection_id)
        self.history.connects(record.connection, path, recorded_headers(record.scope), now)
        client = ShadowClient(record.connection, f"to the client with id {record.connection_id}")
        connection = Connection(record.connection_id, record.uri, ShadowWire(client, self._shadow_sent))
        self._clients[record.connection] = client, connection
        request = HttpRequest({**record.scope, "type": "http"})
        self._tasks.start(self._connect(client, connection, request))

    async def _connect(self, client: ShadowClient, connection: Connection, request: HttpRequest) -> None:
        try:
            admitted = await admit(self._runner, connection, request, self._debug_answers)
        except StartError as error:
            admitted = Rejection(1011, f"the instance cannot be made: {error}")
        if not isinstance(admitted, Rejection):
            before, client.shadow_before = client.shadow_before, None
            for deed in [Opened(), *(before or [])]:
                self._shadow(client.number, client.where, deed)
        else:
            self._shadow(client.number, client.where, Closed(admitted.code, shorten_reason(admitted.reason)))

    def _opened(self, number: int) -> None:
        client, _ = self._clients[number]
        before, client.primary_before = client.primary_before, None
        for deed in [Opened(), *(before or [])]:
            self._primary(number, client.where, deed)

    def _refused(self, number: int, reason: str) -> None:
        client, _ = self._clients.pop(number)
        self._primary(number, client.where, Closed(1011, reason))

    def _ended(self, now: float, record: Ended) -> None:
        self.history.ends(record, now)
        _, connection = self._clients.pop(record.connection)
        if record.broken:
            self._runner.dispatch(connection, ErrorEvent(ProtocolError(record.code, record.reason)))
        else:
            self._runner.dispatch(connection, CloseEvent(record.code, record.reason, record.was_clean))

    def _primary_sent(self, number: int, deed: Message | Closed) -> None:
        client, _ = self._clients[number]
        if client.primary_before is not None:
            client.primary_before.append(deed)
        else:
            self._primary(number, client.where, deed)

    def _shadow_sent(self, client: ShadowClient, deed: Message | Closed) -> None:
        """The shadow sent something to a connection, or closed it."""
        if client.shadow_before is None:
            self._shadow(client.number, client.where, deed)
        elif len(client.shadow_before) < MOST_AHEAD:
            client.shadow_before.append(deed)
        else:
            self._found(Mismatch(client.where, "less", f"{MOST_AHEAD:,} messages before it was let in"))

    # Requests and alarms

    def _requested(self, now: float, record: Asked) -> None:
        scope = {**record.scope, "type": "http"}
        path = scope["raw_path"].decode("latin-1") if scope.get("raw_path") else scope["path"]
        query = scope.get("query_string", b"").decode("latin-1")
        path = path.split("?")[0] + (f"?{query}" if query else "")
        self._asked[record.request] = f"the answer to {scope['method']} {path}"
        self.history.asks(record.request, scope["method"], path, recorded_headers(scope), now)
        body: asyncio.Queue[AsgiMessage] = asyncio.Queue()
        self._bodies[record.request] = body
        self._tasks.start(self._request(record.request, HttpRequest(scope, body.get)))

    def _body(self, number: int, data: bytes, more: bool) -> None:
        self.history.body(number, data)
        if number in self._bodies:
            self._bodies[number].put_nowait({"type": "http.request", "body": data, "more_body": more})

    async def _request(self, number: int, request: HttpRequest) -> None:
        response = await respond(self._runner, request, self._debug_answers)
        self._shadow(("request", number), self._asked[number], _answer(replied(0, number, response)))
        if response.background is not None:
            await response.background()

    def _answered(self, record: Replied) -> None:
        self.history.answered(record.request)
        if (body := self._bodies.pop(record.request, None)) is not None:
            body.put_nowait({"type": "http.disconnect"})
        where = self._asked[record.request]
        self._primary(("request", record.request), where, _answer(record))

    def _rang(self, now: float) -> None:
        self.history.rang(now)
        if self._instance.rings():
            self._tasks.start(self._ring())
        else:
            self._found(Mismatch("the alarm", "it rings", "it is not set"))

    async def _ring(self) -> None:
        if error := await self._instance.ring():
            self.error = error

    def _rests(self, *, gone: bool) -> None:
        if gone:
            mismatch = self.streams.unequal()
            if mismatch is not None:
                self._found(mismatch)
            else:
                self.end("")
        else:
            self._runner.rest()

    # The comparison

    def _primary(self, key: object, where: str, deed: Deed) -> None:
        self._compared(lambda: self.streams.primary(key, where, deed))

    def _shadow(self, key: object, where: str, deed: Deed) -> None:
        self._compared(lambda: self.streams.shadow(key, where, deed))

    def _compared(self, compare: Callable[[], Mismatch | None]) -> None:
        if self.over:
            return
        mismatch = compare()
        self._news.set()
        most = MOST_AHEAD + 10 * len(self._clients)
        if mismatch is not None:
            self._found(mismatch)
        elif self.streams.shadow_ahead > most:
            self._found(self.streams.unequal())
        elif self.streams.primary_ahead > most:
            self.end("its shadow fell behind")

    def grow_older(self) -> None:
        """Count a second in which the shadow could work."""
        if self.over:
            return
        self._found(self.streams.grow_older(self._oldest))
        self._waited += 1
        if self._must_idle and self._queued and self._waited > self._oldest:
            self.end("a handler of its shadow did not end")

    def settle(self, *, at_last: bool) -> None:
        """End the room, after the host's end, if nothing is left to wait for.

        Args:
            at_last: whether something that only one form did so far counts as a difference.
        """
        if self.over or self._queued or not (self._runner.is_idle or self._outside.has_sockets):
            return
        mismatch = self.streams.unequal()
        if mismatch is None or at_last:
            self._found(mismatch)
            self.end("")

    def _found(self, mismatch: Mismatch | None) -> None:
        if mismatch is not None and not self.over:
            self._differs(self, mismatch)
            self.end("it differed")

    def end(self, why: str) -> None:
        """End the room.

        Args:
            why: the reason; empty for the room's own end.
        """
        if self.over:
            return
        self.over = why or "it ended"
        self._gives_up(self, why)
        self._news.set()
        self._runner.discard()
        self._task.cancel()
        self._ending = asyncio.get_running_loop().create_task(self._tasks.cancel())


def _answer(record: Replied) -> Answer:
    kept = [(name, value) for name, value in record.headers if name.lower() != "content-length"]
    return Answer(record.status, sorted_headers(kept), record.body or b"")


def _path(uri: str) -> str:
    parts = urlsplit(uri)
    return parts.path + (f"?{parts.query}" if parts.query else "")

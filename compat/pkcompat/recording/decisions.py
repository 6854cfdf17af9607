"""Turning real traffic into steps: the decisions, apart from ASGI and files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from partyserver.paths import RoomPath, match_room
from pkcompat.recording.waits import RecordedWaits
from pkcompat.traffic import Burst, Close, Connect, Data, Drop, Headers, Http, Masker, Raw, Send, Step, Wait

BURST_GAP = 0.05
"""Two messages of one client that are at most so many seconds apart count as sent at once."""

# Client frames that break the protocol, by the code that the host closes with. All are masked with zeros
# (RFC 6455, section 5.2). They stand in for the client's real bytes, which ASGI does not pass on.
_BROKEN_FRAMES = {
    1002: b"\x83\x80\0\0\0\0",  # a reserved opcode
    1007: b"\x81\x81\0\0\0\0\xff",  # text that is not UTF-8
    1009: b"\x82\xff\0\0\0\0\x40\0\0\0\0\0\0\0",  # the header of a binary message of 1 GiB
}

Put = Callable[[Step, str], None]
"""Called with each step, and the name of the party that it reaches, or an empty string."""


@dataclass(slots=True, eq=False)
class RecordedClient:
    """One connection, as a client of the traffic.

    Attributes:
        name: its name in the traffic.
        room: the room that it connects to; None if its path is not a room's.
    """

    name: str
    room: RoomPath | None


@dataclass(slots=True)
class _Sending:
    client: RecordedClient
    last: float
    sends: list[tuple[str, Data]] = field(default_factory=list)


class Recording:
    """Turns what clients do into steps, in the order in which the host receives it.

    Every connection is a client of its own. Messages that one client sent at once, while the room sent it
    nothing, are one burst, which a replay sends in the same order. Messages of several clients are steps of
    their own, since their order over several connections is undefined.

    Times are seconds of a monotonic clock.

    Args:
        put: called with the steps.
        masker: masks headers and queries.
        waits: decides where a replay waits.
    """

    def __init__(self, put: Put, masker: Masker, waits: RecordedWaits) -> None:
        self._put = put
        self._masker = masker
        self._waits = waits
        self._clients = 0
        self._sending: _Sending | None = None  # a message or burst that may still grow

    def connects(self, path: str, headers: Headers, now: float) -> RecordedClient:
        """Record that a client starts to connect."""
        self._clients += 1
        client = RecordedClient(f"c{self._clients}", match_room(path.partition("?")[0]))
        step = Connect(client.name, self._masker.path(path), self._masker.headers(headers))
        self._step(step, client.room, now)
        if client.room is not None:
            self._waits.opened(client.room)
        return client

    def left(self, client: RecordedClient) -> None:
        """Record that a client's connection has ended, or was not accepted."""
        if client.room is not None:
            self._waits.left(client.room)

    def sends(self, client: RecordedClient, data: Data, now: float) -> None:
        """Record a client's message. The caller must call `settle_past` after `BURST_GAP`."""
        sending = self._sending
        if sending is None or sending.client is not client or now - sending.last > BURST_GAP:
            self.settle()
            self._wait(client.room, now)
            sending = self._sending = _Sending(client, now)
        sending.last = now
        sending.sends.append((client.name, data))

    def closes(self, client: RecordedClient, code: int, reason: str, now: float) -> None:
        """Record that a client closed; the code is 1005 for an empty close frame, 1006 if TCP died."""
        step: Step
        if code == 1006:
            step = Drop(client.name)
        else:
            step = Close(client.name) if code == 1005 else Close(client.name, code, reason)
        self._step(step, client.room, now)

    def breaks(self, client: RecordedClient, code: int, now: float) -> None:
        """Record that a client broke the protocol, and is closed with the code."""
        self._step(Raw(client.name, _BROKEN_FRAMES.get(code, _BROKEN_FRAMES[1002])), client.room, now)

    def asks(self, request: Http, now: float) -> None:
        """Record a client's HTTP request."""
        path, headers = self._masker.path(request.path), self._masker.headers(request.headers)
        step = Http(request.method, path, headers, request.body)
        self._step(step, match_room(path.partition("?")[0]), now)

    def spoke(self, client: RecordedClient, now: float) -> None:
        """Record that the host sent something to a client."""
        if self._sending is not None and self._sending.client is client:
            self.settle()  # what the client sends next may be an answer, so a replay must wait in between
        if client.room is not None:
            self._waits.spoke(client.room, now)

    def settle_past(self, now: float) -> float | None:
        """Put the pending message or burst, if it is complete.

        Returns:
            The seconds after which to call this again; None if nothing is pending.
        """
        if self._sending is None:
            return None
        left = self._sending.last + BURST_GAP - now
        if left > 0:
            return left
        self.settle()
        return None

    def settle(self) -> None:
        """Put the pending message or burst."""
        sending, self._sending = self._sending, None
        if sending is None:
            return
        sends = tuple(sending.sends)
        step = Send(*sends[0]) if len(sends) == 1 else Burst(sends)
        self._put(step, _party(sending.client.room))

    def ends(self) -> None:
        """Put the last steps."""
        self.settle()
        if wait := self._waits.at_end():
            self._put(Wait(wait), "")

    def _step(self, step: Step, room: RoomPath | None, now: float) -> None:
        self.settle()
        self._wait(room, now)
        self._put(step, _party(room))

    def _wait(self, room: RoomPath | None, now: float) -> None:
        if room is not None and (wait := self._waits.before_step(room, now)):
            self._put(Wait(wait), "")


def _party(room: RoomPath | None) -> str:
    return "" if room is None else room.party

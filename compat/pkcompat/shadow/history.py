"""What the clients of a followed room did, as steps for a traffic file."""

from __future__ import annotations

from dataclasses import dataclass

from partyserver.paths import RoomPath, match_room
from pkcompat.recording import RecordedClient, RecordedWaits, Recording, rest
from pkcompat.shadow.records import Ended
from pkcompat.traffic import Data, Headers, Http, Masker, Step, Wait, dump_step, tell_step

LONGEST = 256_000
"""Bytes of steps that are kept for a room; beyond that it has no history, as a part would not replay."""


@dataclass(slots=True)
class _Asked:
    method: str
    path: str
    headers: Headers
    at: float
    body: bytes = b""


class History:
    """Records the steps of one room, from its start on.

    Args:
        masker: masks headers and queries.
        idle_timeout: seconds without an event after which a hibernating party's instance is dropped.
        hibernates: whether the party hibernates.

    Attributes:
        too_long: whether there were too many.
    """

    def __init__(self, masker: Masker, idle_timeout: float, *, hibernates: bool) -> None:
        self.too_long = False
        own = rest(idle_timeout, hibernates=hibernates)
        self._waits = RecordedWaits(lambda party: own)
        self._recording = Recording(self._put, masker, self._waits)
        self._steps: list[Step] = []
        self._left = LONGEST
        self._clients: dict[int, RecordedClient] = {}
        self._asked: dict[int, _Asked] = {}
        self._room: RoomPath | None = None
        self._last = ""

    def steps(self) -> tuple[Step, ...]:
        """The steps so far."""
        self._recording.ends()
        return tuple(self._steps)

    def last_step(self) -> str:
        """The last step, in words."""
        self._recording.settle()  # it may be a message that could still become a burst
        return self._last or "its start"

    def _put(self, step: Step, party: str) -> None:
        if not isinstance(step, Wait):
            self._last = tell_step(step)
        if self.too_long:
            return
        self._left -= len(repr(dump_step(step)))
        if self._left < 0:
            self.too_long = True
            self._steps.clear()
        else:
            self._steps.append(step)

    def connects(self, number: int, path: str, headers: Headers, now: float) -> None:
        """Record that a client connects."""
        self._room = match_room(path.partition("?")[0])
        self._clients[number] = self._recording.connects(path, headers, now)

    def sends(self, number: int, data: Data, now: float) -> None:
        """Record a client's message."""
        self._recording.sends(self._clients[number], data, now)

    def spoke(self, number: int, now: float) -> None:
        """Record that the room sent something to a client."""
        if (client := self._clients.get(number)) is not None:
            self._recording.spoke(client, now)

    def closed_here(self, number: int, now: float) -> None:
        """Record that the room closed a connection, whose end is then not a step of the client's."""
        self.spoke(number, now)
        if (client := self._clients.pop(number, None)) is not None:
            self._recording.left(client)

    def ends(self, record: Ended, now: float) -> None:
        """Record that a connection ended."""
        client = self._clients.pop(record.connection, None)
        if client is None:
            return
        if record.broken:
            self._recording.breaks(client, record.code, now)
        else:
            self._recording.closes(client, record.code, record.reason if record.was_clean else "", now)
        self._recording.left(client)

    def asks(self, number: int, method: str, path: str, headers: Headers, now: float) -> None:
        """Record a request, whose body may follow."""
        self._room = match_room(path.partition("?")[0])
        self._asked[number] = _Asked(method, path, headers, now)

    def body(self, number: int, data: bytes) -> None:
        """Record a part of a request's body."""
        if (asked := self._asked.get(number)) is not None:
            asked.body += data

    def answered(self, number: int) -> None:
        """Record that a request was answered, so that it is complete."""
        if (asked := self._asked.pop(number, None)) is not None:
            self._recording.asks(Http(asked.method, asked.path, asked.headers, asked.body), asked.at)

    def unanswered(self) -> None:
        """Make steps of the requests without an answer, too."""
        for number in list(self._asked):
            self.answered(number)

    def rang(self, now: float) -> None:
        """Record that the alarm rang, so that a replay waits for it."""
        if self._room is not None:
            self._waits.spoke(self._room, now)

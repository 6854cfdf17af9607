"""Comparing what both forms did: a stream per connection, per request, and per request to another room.

Order is compared within a stream only. Between streams it is undefined: handlers overlap at their awaits.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from partyserver.wire import NO_STATUS
from pkcompat.traffic import (
    Answer,
    Closed,
    Message,
    Opened,
    Rules,
    comparable_events,
    comparable_result,
    tell_event,
    tell_result,
)


@dataclass(frozen=True, slots=True)
class Request:
    """The room made a request to another room."""


Deed = Message | Closed | Opened | Answer | Request


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The two forms differ.

    Attributes:
        where: the stream, in words.
        primary: what the answering form did.
        shadow: what the shadow did.
    """

    where: str
    primary: str
    shadow: str


@dataclass(slots=True)
class Stream:
    """What one form did in one stream and the other has not done yet.

    Attributes:
        where: the stream, in words.
        primary: what only the answering form did.
        shadow: what only the shadow did.
        age: how often `Streams.grow_older` was called since one side was ahead.
    """

    where: str
    primary: deque[Deed] = field(default_factory=deque)
    shadow: deque[Deed] = field(default_factory=deque)
    age: int = 0


class Streams:
    """The streams of one room.

    Attributes:
        compared: how many things were the same.
        primary_ahead: how many things only the answering form did so far.
        shadow_ahead: how many things only the shadow did so far.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._streams: dict[object, Stream] = {}
        self.compared = 0
        self.primary_ahead = 0
        self.shadow_ahead = 0

    def primary(self, key: object, where: str, deed: Deed) -> Mismatch | None:
        """Add something that the answering form did."""
        stream = self._stream(key, where)
        stream.primary.append(deed)
        self.primary_ahead += 1
        return self._compare(key, stream)

    def shadow(self, key: object, where: str, deed: Deed) -> Mismatch | None:
        """Add something that the shadow did."""
        stream = self._stream(key, where)
        stream.shadow.append(deed)
        self.shadow_ahead += 1
        return self._compare(key, stream)

    def _stream(self, key: object, where: str) -> Stream:
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = Stream(where)
        return stream

    def _compare(self, key: object, stream: Stream) -> Mismatch | None:
        while stream.primary and stream.shadow:
            if not self._alike(stream.primary[0], stream.shadow[0]):
                return Mismatch(stream.where, tell(stream.primary[0]), tell(stream.shadow[0]))
            stream.primary.popleft()
            stream.shadow.popleft()
            stream.age = 0
            self.compared += 1
            self.primary_ahead -= 1
            self.shadow_ahead -= 1
        if not stream.primary and not stream.shadow:
            del self._streams[key]
        return None

    def _alike(self, primary: Deed, shadow: Deed) -> bool:
        match primary, shadow:
            case (Message() | Closed(), Message() | Closed()):
                one, other = comparable_events([primary, shadow], self._rules)
                return one == other
            case (Answer(), Answer()):
                return comparable_result(primary, self._rules) == comparable_result(shadow, self._rules)
        return primary == shadow

    def grow_older(self, oldest: int) -> Mismatch | None:
        """Count a second; returns a mismatch if one side has been ahead in a stream for `oldest` of them."""
        for stream in self._streams.values():
            stream.age += 1
            if stream.age >= oldest:
                return one_sided(stream)
        return None

    def unequal(self) -> Mismatch | None:
        """A mismatch if one side is ahead in any stream."""
        for stream in self._streams.values():
            return one_sided(stream)
        return None


def one_sided(stream: Stream) -> Mismatch:
    """A mismatch between what one form did and that the other did nothing."""
    return Mismatch(
        stream.where,
        tell(stream.primary[0]) if stream.primary else "nothing",
        tell(stream.shadow[0]) if stream.shadow else "nothing",
    )


def tell(deed: Deed) -> str:
    """Something that a form did, in words."""
    match deed:
        case Message() | Closed():
            return tell_event(deed)
        case Opened() | Answer():
            return tell_result(deed)
        case Request():
            return "made"


def closed(code: int | None, reason: str) -> Closed:
    """The close event that a client gets."""
    return Closed(NO_STATUS if code is None else code, reason)

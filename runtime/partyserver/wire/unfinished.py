"""Bounds what is kept of messages whose end has not come, over all WebSockets of a host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

GIVEN_UP = (1008, "Message unfinished for too long")
"""Code and reason of the close."""


class Unfinishing(Protocol):
    """A WebSocket whose peer has begun a message."""

    def give_up(self) -> None:
        """Close, and drop what has come of the message."""


class Unfinished:
    """The messages that have begun. Where they are too much together, those are given up that began first:
    who goes on with a message soon ends it."""

    def __init__(self, limit: int = 0) -> None:
        """
        Args:
            limit: bytes; 0 for any number.
        """
        self._limit = limit
        self._sizes: dict[Unfinishing, int] = {}  # in the order in which they began
        self._total = 0

    def note(self, socket: Unfinishing, size: int) -> None:
        """Note how much has come of a socket's message: nothing once it has ended, or the socket has."""
        self._total += size - self._sizes.get(socket, 0)
        if size:
            self._sizes[socket] = size
        else:
            self._sizes.pop(socket, None)
        while self._limit and self._total > self._limit:
            oldest = next(iter(self._sizes))
            self._total -= self._sizes.pop(oldest)
            oldest.give_up()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a WebSocket may take.

    Attributes:
        max_queue: bytes that wait to be sent; 0 for any number.
        unfinished: the messages that have begun, of all WebSockets.
    """

    max_queue: int = 0
    unfinished: Unfinished = field(default_factory=Unfinished)


UNBOUNDED = Bounds()
"""There is no bound."""

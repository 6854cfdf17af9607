"""What a host counts of itself, for its metrics.

A message costs an addition. How long handlers take is measured only once somebody asks for it.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from time import perf_counter

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from partyserver.exceptions import NotANodeError, NotOwnerError, RoomLostError, StartError
from partyserver.responses import AnsweredError

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for what takes milliseconds, as a handler or a commit."""

LATENESS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 60.0, 300.0, 3600.0)
"""Bounds, in seconds, for alarms, which ring late by milliseconds, or after a host was down."""

REFUSALS = (
    *("host", "origin", "party", "room_id", "on_before_connect", "room_full", "start", "on_connect"),
    *("on_socket", "no_room"),
)
"""Why an opening WebSocket is refused: its `Host` or `Origin` header; there is no such party; the room's id
is too long; the hook refused or failed; the room is full; the room cannot be started, or reached in its
cluster; `on_connect` or `on_socket` failed; the path is no room's."""

# Somebody else's failure: the client's, that of a handler that ran before, or of a room that has moved.
_OF_OTHERS = (
    *(asyncio.CancelledError, StartError, AnsweredError, ClientDisconnect),
    *(NotANodeError, NotOwnerError, RoomLostError),
)


class Histogram:
    """How often values were how large.

    Attributes:
        bounds: each the greatest value of its bucket.
        counts: how many values each bucket got; the last one those above all bounds.
        total: of all values.
    """

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class PartyFigures:
    """The figures of one party.

    Attributes:
        messages_received: those that its rooms got from their connections.
        messages_sent: those that its rooms sent, one for each connection that a message goes to.
        hibernations: how often an instance was dropped whose connections stayed.
        wakings: how often a room with such connections got an instance again.
        is_timed: whether handlers are timed.
        seconds: by handler how long its calls took, from their start to their end, awaiting included.
        errors: by handler how often it raised.
        alarm_lateness: seconds from when alarms were due until `on_alarm` was called.
    """

    __slots__ = (
        *("alarm_lateness", "errors", "hibernations", "is_timed", "messages_received", "messages_sent"),
        *("seconds", "wakings"),
    )

    def __init__(self, *, is_timed: bool = False) -> None:
        self.messages_received = 0
        self.messages_sent = 0
        self.hibernations = 0
        self.wakings = 0
        self.is_timed = is_timed
        self.seconds: dict[str, Histogram] = {}
        self.errors: dict[str, int] = {}
        self.alarm_lateness = Histogram(LATENESS)

    def ran(self, handler: str, begun: float) -> None:
        """A handler has ended.

        Args:
            handler: its name.
            begun: when it began, by `perf_counter`.
        """
        seconds = self.seconds.get(handler)
        if seconds is None:
            seconds = self.seconds[handler] = Histogram()
        seconds.observe(perf_counter() - begun)

    def failed(self, handler: str, error: BaseException) -> None:
        """A handler has raised. What is not its failure does not count: an error that the client has made
        (an `HTTPException` below 500), or a room that has moved.

        Args:
            handler: its name, or `listener` or `background`.
            error: what it raised.
        """
        if isinstance(error, _OF_OTHERS) or (isinstance(error, HTTPException) and error.status_code < 500):
            return
        self.errors[handler] = self.errors.get(handler, 0) + 1


UNCOUNTED = PartyFigures()
"""Of sockets that are no party's: those that a handler opens to another room. Nobody reads it."""


class CommitFigures:
    """The figures of a storage's commits.

    Attributes:
        seconds: how long those that succeeded took, until they were durable.
        failed: how many were lost.
    """

    __slots__ = ("failed", "seconds")

    def __init__(self) -> None:
        self.seconds = Histogram()
        self.failed = 0

    def succeeded(self, begun: float) -> None:
        """A commit is durable that began at a time of `perf_counter`."""
        self.seconds.observe(perf_counter() - begun)


class HostFigures:
    """The figures of a host.

    Attributes:
        parties: those of its parties, by name.
        refused: how many opening WebSockets were refused, by the reason (`REFUSALS`).
    """

    def __init__(self) -> None:
        self.parties: dict[str, PartyFigures] = {}
        self.refused = dict.fromkeys(REFUSALS, 0)
        self._is_timed = False

    def party(self, name: str) -> PartyFigures:
        """The figures of a party."""
        figures = self.parties.get(name)
        if figures is None:
            figures = self.parties[name] = PartyFigures(is_timed=self._is_timed)
        return figures

    def time_handlers(self) -> None:
        """Time handlers from now on."""
        self._is_timed = True
        for figures in self.parties.values():
            figures.is_timed = True

    def failed_in_background(self, party: str | None, error: BaseException) -> None:
        """Something has raised that a handler of a party left behind, such as an async listener; where no
        handler did (None), nothing counts."""
        if party is not None:
            self.party(party).failed("background", error)

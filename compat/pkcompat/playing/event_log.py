"""What clients received, and when the wire counts as quiet: the player's decisions, apart from its I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pkcompat.traffic import Closed, Event

Received = Mapping[str, tuple[Event, ...]]
"""What each client received in a step; a client without events is left out."""

Expected = Mapping[str, int]
"""How many events each client is expected to receive after a step."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the player waits for events.

    Attributes:
        quiet: seconds without an event after which a step is over.
        patience: seconds after the step within which events are waited for that an earlier run of the same
            traffic shows to come; so a slow machine makes no difference where there is none.
        longest: seconds after which a step is over, whatever still comes.
    """

    quiet: float = 0.25
    patience: float = 5.0
    longest: float = float("inf")


class EventLog:
    """Takes events down by client, and says how long to wait for more.

    A client's connections are told apart by the number that `opened` gives: a name may connect again, and
    nothing counts that reaches a connection after its client closed or dropped it.
    """

    def __init__(self) -> None:
        self._clients: dict[int, str] = {}
        self._current: dict[str, int] = {}
        self._events: dict[str, list[Event]] = {}
        self._last = float("-inf")

    def opened(self, client: str) -> int:
        """A client begins to connect. Returns the number of its connection."""
        connection = len(self._clients)
        self._clients[connection] = client
        self._current[client] = connection
        return connection

    def left(self, client: str) -> None:
        """A client closes or drops its connection itself: it receives nothing more."""
        connection = self._current.pop(client, None)
        if connection is not None:
            self._clients[connection] = ""

    def received(self, connection: int, event: Event, now: float) -> None:
        """An event reached a connection at the time `now` (seconds of a monotonic clock)."""
        client = self._clients[connection]
        if not client:
            return
        self._events.setdefault(client, []).append(event)
        self._last = now
        if isinstance(event, Closed):
            self._clients[connection] = ""

    def quiet_at(self, since: float, pace: Pace, expected: Expected | None) -> float:
        """When the step is over if nothing more comes.

        Args:
            since: when the step's action was done.
            pace: how long to wait.
            expected: how many events are known to come, if that is known.
        """
        over = max(since, self._last) + pace.quiet
        if expected is not None and not self.has(expected):
            over = max(over, since + pace.patience)
        return min(over, since + pace.longest)

    def has(self, expected: Expected) -> bool:
        """Whether every client has received as many events as expected."""
        return all(len(self._events.get(client, ())) >= number for client, number in expected.items())

    def take(self, early: Received | None = None) -> dict[str, tuple[Event, ...]]:
        """The step's events by client, sorted by the clients' names.

        Args:
            early: the last events of some clients, which belong to the next step; it begins with them.
        """
        early = early or {}
        events: dict[str, tuple[Event, ...]] = {}
        for client in sorted(self._events):
            received = self._events[client]
            if own := tuple(received[: len(received) - len(early.get(client, ()))]):
                events[client] = own
        self._events = {client: list(held) for client, held in early.items()}
        return events

    def early(self, expected: Received, coming: Received) -> Received:
        """Which events came a moment before the step in which an earlier run of the same traffic saw them.

        Where a step ends is the player's doing: that the wire was quiet for so long and not for a moment less
        is no behaviour of a party.

        Args:
            expected: what each client is expected to receive in this step.
            coming: the same for the next step.
        """
        surplus = {
            client: tuple(received[len(expected.get(client, ())) :])
            for client, received in self._events.items()
        }
        return {
            client: events
            for client, events in surplus.items()
            if events and events == coming.get(client, ())[: len(events)]
        }


def counts(events: Received) -> Counter[str]:
    """How many events each client received."""
    return Counter({client: len(received) for client, received in events.items()})

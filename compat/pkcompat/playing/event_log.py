"""What clients received, and when a step is over: the player's decisions, apart from its I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pkcompat.traffic import Closed, Event

Received = Mapping[str, tuple[Event, ...]]
"""What each client received in a step; clients without events are left out."""

Expected = Mapping[str, int]
"""How many events each client is expected to receive after a step."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the player waits for events.

    Attributes:
        quiet: seconds without an event after which a step is over.
        patience: seconds to wait for events that an earlier run of the same traffic had, so that a slow
            machine does not look like a difference.
        longest: seconds after which a step is over even if events still arrive.
    """

    quiet: float = 0.25
    patience: float = 5.0
    longest: float = float("inf")


class EventLog:
    """Records events by client, and says how long to wait for more.

    A client may connect again, so each of its connections has a number, from `opened`. What still reaches a
    connection after its client closed or dropped it does not count.
    """

    def __init__(self) -> None:
        self._clients: dict[int, str] = {}  # by connection; empty once nothing counts any more
        self._current: dict[str, int] = {}  # the latest connection of each client
        self._events: dict[str, list[Event]] = {}  # of this step
        self._last = float("-inf")  # when the last event arrived

    def opened(self, client: str) -> int:
        """Number the connection of a client that starts to connect."""
        connection = len(self._clients)
        self._clients[connection] = client
        self._current[client] = connection
        return connection

    def left(self, client: str) -> None:
        """Record that a client closed or dropped its connection: it receives nothing more."""
        connection = self._current.pop(client, None)
        if connection is not None:
            self._clients[connection] = ""

    def received(self, connection: int, event: Event, now: float) -> None:
        """Record an event that reached a connection at `now`, in seconds of a monotonic clock."""
        client = self._clients[connection]
        if not client:
            return
        self._events.setdefault(client, []).append(event)
        self._last = now
        if isinstance(event, Closed):
            self._clients[connection] = ""

    def quiet_at(self, since: float, pace: Pace, expected: Expected | None) -> float:
        """When the step is over if no more events arrive.

        Args:
            since: when the step's action was done.
            pace: how long to wait.
            expected: how many events an earlier run had, if there was one.
        """
        over = max(since, self._last) + pace.quiet
        if expected is not None and not self.has(expected):
            over = max(over, since + pace.patience)
        return min(over, since + pace.longest)

    def has(self, expected: Expected) -> bool:
        """Whether every client has received as many events as expected."""
        return all(len(self._events.get(client, ())) >= number for client, number in expected.items())

    def take(self, early: Received | None = None) -> dict[str, tuple[Event, ...]]:
        """Return the step's events by client, sorted by name, and start the next step.

        Args:
            early: the last events of some clients, which are left to the next step.
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
        """The events that an earlier run of the same traffic saw in the next step.

        The boundary between two steps is a matter of the player's timing, not of a party's behaviour: an
        event that arrives just before it is no difference.

        Args:
            expected: what each client received in this step of the earlier run.
            coming: what each client received in the next step.
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

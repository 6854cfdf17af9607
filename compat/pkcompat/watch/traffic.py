"""Traffic that is made step by step while both forms are watched, and what came of it so far.

The decisions apart from the I/O: which step an event belongs to, and when it is known whether the forms
differ in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from pkcompat.playing import Received
from pkcompat.report import StepSideBySide, side_by_side
from pkcompat.traffic import (
    EXACT,
    Close,
    Closed,
    Connect,
    Drop,
    Event,
    Opened,
    Result,
    Rules,
    Step,
    StepRecord,
    Wait,
    compare,
)

SIDES = 2
_MOST_EVENTS = 1_000  # that one wait takes in; a party that never stops to talk gets a new one


@dataclass(frozen=True, slots=True)
class WatchPace:
    """How long to wait until a step is taken for settled.

    Attributes:
        quiet: seconds without an event.
        patience: seconds without an event where the forms differ: one may be slower.
        longest: seconds after which a step is settled, whatever still comes.
    """

    quiet: float = 0.25
    patience: float = 2.0
    longest: float = 5.0


@dataclass(frozen=True, slots=True)
class ClientState:
    """Whether a client is connected, in either form.

    Attributes:
        name: the client.
        is_open: whether it is, for each form.
        connect: how it connected last.
    """

    name: str
    is_open: tuple[bool, ...]
    connect: Connect


@dataclass(slots=True)
class _WatchedStep:
    step: Step
    begun: float
    acted: float | None = None
    last: float = -math.inf
    is_settled: bool = False
    came_by_itself: bool = False
    results: list[Result] = field(default_factory=lambda: [None] * SIDES)
    events: list[dict[str, list[Event]]] = field(default_factory=lambda: [{} for _ in range(SIDES)])

    def records(self) -> list[StepRecord]:
        """What came of it so far, a record a form."""
        return [
            StepRecord(result, {client: tuple(received) for client, received in events.items()})
            for result, events in zip(self.results, self.events, strict=True)
        ]

    def owes(self, side: int, clients: Iterable[str]) -> bool:
        """Whether clients of a form have received less than they did in the other."""
        own, other = self.events[side], self.events[1 - side]
        return any(len(own.get(client, ())) < len(other.get(client, ())) for client in clients)

    def count(self) -> int:
        """How many events there are, of both forms."""
        return sum(len(received) for events in self.events for received in events.values())


class WatchedTraffic:
    """The steps so far, and what came of them in both forms."""

    def __init__(self, rules: Rules = EXACT, pace: WatchPace | None = None) -> None:
        """No step yet.

        Args:
            rules: what is left out of the comparison.
            pace: how long to wait for events.
        """
        self._rules = rules
        self._pace = pace or WatchPace()
        self._steps: list[_WatchedStep] = []
        self._open: list[dict[str, bool]] = [{} for _ in range(SIDES)]
        self._connects: dict[str, Connect] = {}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in order."""
        return tuple(watched.step for watched in self._steps)

    @property
    def clients(self) -> tuple[ClientState, ...]:
        """The clients that have connected, in the order in which they did first."""
        return tuple(
            ClientState(name, tuple(names.get(name, False) for names in self._open), connect)
            for name, connect in self._connects.items()
        )

    @property
    def is_settled(self) -> bool:
        """Whether everything that belongs to the steps is taken to be there."""
        return not self._steps or self._steps[-1].is_settled

    def begin(self, step: Step, now: float) -> int:
        """A step begins.

        Args:
            step: the step.
            now: the time, in seconds of a monotonic clock.

        Returns:
            Its index.
        """
        if self._steps:
            self._steps[-1].is_settled = True
        self._steps.append(_WatchedStep(step, now))
        if isinstance(step, Connect):
            self._connects[step.client] = step
        elif isinstance(step, Close | Drop):
            for names in self._open:
                names[step.client] = False
        return len(self._steps) - 1

    def came_to(self, side: int, result: Result) -> None:
        """What the step that is under way came to in a form."""
        watched = self._steps[-1]
        watched.results[side] = result
        if isinstance(watched.step, Connect):
            closed = any(
                isinstance(event, Closed) for event in watched.events[side].get(watched.step.client, ())
            )
            self._open[side][watched.step.client] = isinstance(result, Opened) and not closed

    def acted(self, now: float) -> None:
        """The step that is under way has been taken in both forms."""
        self._steps[-1].acted = now

    def received(self, side: int, events: Received, now: float) -> int | None:
        """Clients received something in a form.

        What comes after a step is settled belongs to a wait: so the traffic can be saved and played again.
        But where clients have received more in the other form the step is open again: this form is slower.

        Returns:
            The index of the step that it belongs to; None where it belongs to none.
        """
        if not self._steps:
            return None
        if self._steps[-1].is_settled:
            if self._steps[-1].owes(side, events):
                self._steps[-1].is_settled = False
            else:
                self._wait_for_what_came(now)
        watched = self._steps[-1]
        for client, received in events.items():
            watched.events[side].setdefault(client, []).extend(received)
            if any(isinstance(event, Closed) for event in received):
                self._open[side][client] = False
        watched.last = now
        return len(self._steps) - 1

    def _wait_for_what_came(self, now: float) -> None:
        last = self._steps[-1]
        if not (last.came_by_itself and last.count() < _MOST_EVENTS):
            begun = last.begun if last.acted is None else last.acted
            self._steps.append(_WatchedStep(Wait(0.0), begun, came_by_itself=True))
            last = self._steps[-1]
        last.step = Wait(math.ceil((now - last.begun) * 10) / 10)
        last.acted, last.is_settled = now, False

    def settles_at(self) -> float | None:
        """When the last step is settled if nothing more comes; None if it is, or is still being taken."""
        watched = self._steps[-1] if self._steps else None
        if watched is None or watched.is_settled or watched.acted is None:
            return None
        pause = self._pace.patience if self._differs(watched) else self._pace.quiet
        return min(max(watched.acted, watched.last) + pause, watched.acted + self._pace.longest)

    def settle(self) -> StepSideBySide:
        """The last step is settled: it is known by now whether the forms differ in it."""
        self._steps[-1].is_settled = True
        return self.side_by_side(len(self._steps) - 1)

    def side_by_side(self, index: int) -> StepSideBySide:
        """A step, and what came of it so far."""
        watched = self._steps[index]
        return side_by_side(index + 1, watched.step, watched.records(), [self._rules] * SIDES)

    def is_step_settled(self, index: int) -> bool:
        """Whether it is known whether the forms differ in a step."""
        return self._steps[index].is_settled

    def _differs(self, watched: _WatchedStep) -> bool:
        old, new = watched.records()
        return bool(compare((old,), (new,), self._rules))

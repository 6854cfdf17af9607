"""The steps that were played while watching both forms, with their results and events so far.

These are the decisions without the I/O: which step an event belongs to, and when a step is settled, that is,
when it is known whether the forms differ in it.
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
_MOST_EVENTS = 1_000  # in one wait; a party that never stops sending gets another wait after that


@dataclass(frozen=True, slots=True)
class WatchPace:
    """How long to wait until a step counts as settled.

    Attributes:
        quiet: seconds without an event.
        patience: seconds without an event while the forms differ, as one may only be slower.
        longest: seconds after which a step is settled in any case.
    """

    quiet: float = 0.25
    patience: float = 2.0
    longest: float = 5.0


@dataclass(frozen=True, slots=True)
class ClientState:
    """Whether a client is connected, in either form.

    Attributes:
        name: the client.
        is_open: whether it is connected, for each form.
        connect: its last connect step.
    """

    name: str
    is_open: tuple[bool, ...]
    connect: Connect


@dataclass(slots=True)
class _WatchedStep:
    """A step and its results and events so far.

    Attributes:
        step: the step.
        begun: when it began.
        acted: when both forms had a result; None before.
        last: when the last event arrived.
        is_settled: whether no more events are expected.
        came_by_itself: whether it is a wait that was added for events which no step explains.
        results: its result in each form.
        events: the events of each client, in each form.
    """

    step: Step
    begun: float
    acted: float | None = None
    last: float = -math.inf
    is_settled: bool = False
    came_by_itself: bool = False
    results: list[Result] = field(default_factory=lambda: [None] * SIDES)
    events: list[dict[str, list[Event]]] = field(default_factory=lambda: [{} for _ in range(SIDES)])

    def records(self) -> list[StepRecord]:
        """Its results and events so far, one record a form."""
        return [
            StepRecord(result, {client: tuple(received) for client, received in events.items()})
            for result, events in zip(self.results, self.events, strict=True)
        ]

    def owes(self, side: int, clients: Iterable[str]) -> bool:
        """Whether one of the clients has received less in this form than in the other."""
        own, other = self.events[side], self.events[1 - side]
        return any(len(own.get(client, ())) < len(other.get(client, ())) for client in clients)

    def count(self) -> int:
        """The number of events in both forms."""
        return sum(len(received) for events in self.events for received in events.values())


class WatchedTraffic:
    """The steps so far, with their results and events in both forms.

    Args:
        rules: what is left out of the comparison.
        pace: how long to wait for events.
    """

    def __init__(self, rules: Rules = EXACT, pace: WatchPace | None = None) -> None:
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
        """The clients that have ever connected, in the order of their first connects."""
        return tuple(
            ClientState(name, tuple(names.get(name, False) for names in self._open), connect)
            for name, connect in self._connects.items()
        )

    @property
    def is_settled(self) -> bool:
        """Whether all steps are settled."""
        return not self._steps or self._steps[-1].is_settled

    def begin(self, step: Step, now: float) -> int:
        """Begin a step, which settles the one before.

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

    def record_result(self, side: int, result: Result) -> None:
        """Record the result of the current step in a form."""
        watched = self._steps[-1]
        watched.results[side] = result
        if isinstance(watched.step, Connect):
            closed = any(
                isinstance(event, Closed) for event in watched.events[side].get(watched.step.client, ())
            )
            self._open[side][watched.step.client] = isinstance(result, Opened) and not closed

    def acted(self, now: float) -> None:
        """Record that both forms have a result of the current step."""
        self._steps[-1].acted = now

    def received(self, side: int, events: Received, now: float) -> int | None:
        """Record events that clients received in a form.

        Events after a step was settled belong to a wait, which is added, so that the traffic can be saved and
        replayed. But if a client has received more in the other form, this form is only slower: the step is
        opened again.

        Returns:
            The index of the step that the events belong to; None before the first step.
        """
        if not self._steps:
            return None
        if self._steps[-1].is_settled:
            if self._steps[-1].owes(side, events):
                self._steps[-1].is_settled = False
            else:
                self._extend_wait(now)
        watched = self._steps[-1]
        for client, received in events.items():
            watched.events[side].setdefault(client, []).extend(received)
            if any(isinstance(event, Closed) for event in received):
                self._open[side][client] = False
        watched.last = now
        return len(self._steps) - 1

    def _extend_wait(self, now: float) -> None:
        """Add a wait, or extend the last one, so that it lasts until now."""
        last = self._steps[-1]
        if not (last.came_by_itself and last.count() < _MOST_EVENTS):
            begun = last.begun if last.acted is None else last.acted
            self._steps.append(_WatchedStep(Wait(0.0), begun, came_by_itself=True))
            last = self._steps[-1]
        last.step = Wait(
            math.ceil((now - last.begun) * 10) / 10
        )  # rounded up, or a replay would be too early
        last.acted, last.is_settled = now, False

    def settles_at(self) -> float | None:
        """When the last step settles if no more events arrive; None if it is settled or has no result yet."""
        watched = self._steps[-1] if self._steps else None
        if watched is None or watched.is_settled or watched.acted is None:
            return None
        pause = self._pace.patience if self._differs(watched) else self._pace.quiet
        return min(max(watched.acted, watched.last) + pause, watched.acted + self._pace.longest)

    def settle(self) -> StepSideBySide:
        """Settle the last step, and return it."""
        self._steps[-1].is_settled = True
        return self.side_by_side(len(self._steps) - 1)

    def side_by_side(self, index: int) -> StepSideBySide:
        """A step with its results and events so far."""
        watched = self._steps[index]
        return side_by_side(index + 1, watched.step, watched.records(), [self._rules] * SIDES)

    def is_step_settled(self, index: int) -> bool:
        """Whether a step is settled."""
        return self._steps[index].is_settled

    def _differs(self, watched: _WatchedStep) -> bool:
        old, new = watched.records()
        return bool(compare((old,), (new,), self._rules))

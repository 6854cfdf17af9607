"""Playing generated scripts against two forms of a party, until they differ or the budget is spent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pkcompat.forms import FormRun, Line
from pkcompat.traffic import EXACT, Difference, Rules, Step, Transcript, compare
from pkcompat.verify.ground import Script
from pkcompat.verify.scripts import Explorer
from pkcompat.verify.seen_kinds import Seen
from pkcompat.verify.shrinking import Repair, shrink

DEFAULT_BUDGET = 250
"""Scripts; these take a few seconds for a module."""


QUIET = 100
"""Scripts without a new kind of output after which a search ends, if every line has run."""

Lines = tuple[frozenset[Line], frozenset[Line]]
"""The lines of the old form, and those of the new one."""


class FormRunner(Protocol):
    """Runs a form; `pkcompat.forms.process.FormProcess` is the one that explorations use."""

    @property
    def ahead(self) -> int:
        """How much traffic may be begun before the result of the first is waited for."""

    def begin(self, steps: Sequence[Step], *, with_lines: bool = False, with_output: bool = False) -> None:
        """Start playing traffic against a fresh import of the form."""

    def outcome(self) -> FormRun:
        """Wait for the result of the traffic that was begun first."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two forms did under some steps.

    Attributes:
        old: what the old form did.
        new: what the new form did.
        between: how they differ.
    """

    old: FormRun
    new: FormRun
    between: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Separation:
    """A script under which two forms differ.

    Attributes:
        script: the shortest that was found.
        first: the script that showed it first.
        old: what the old form did under the shortest.
        new: what the new form did.
        between: how they differ.
        steady: whether the old form does the same when it runs the script again.
    """

    script: Script
    first: Script
    old: FormRun
    new: FormRun
    between: tuple[Difference, ...]
    steady: bool


@dataclass(frozen=True, slots=True)
class Exploration:
    """The result of a search.

    Attributes:
        scripts: how many scripts were played.
        steps: how many steps they had.
        events: how many results and events were compared.
        old_lines: the lines of the user's modules that ran in the old form.
        new_lines: those that ran in the new form.
        separation: where the forms differ, if they do.
        unsteady: differences that did not show again when the same script ran again.
    """

    scripts: int
    steps: int
    events: int
    old_lines: frozenset[Line]
    new_lines: frozenset[Line]
    separation: Separation | None
    unsteady: tuple[Comparison, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether no script showed a difference."""
        return self.separation is None


Progress = Callable[[], None]
"""Called after each script."""


def explore(
    old: FormRunner,
    new: FormRunner,
    explorer: Explorer,
    *,
    budget: int = DEFAULT_BUDGET,
    rules: Rules = EXACT,
    progress: Progress = lambda: None,
    shrinks: bool = True,
    lines: Lines | None = None,
) -> Exploration:
    """Play generated scripts against both forms, and compare what the clients saw.

    The search ends with the first script under which they differ reproducibly; or, once all lines have run,
    after `QUIET` scripts without a new kind of output. The same forms, explorer and budget give the same
    result.

    Args:
        old: runs the old form.
        new: runs the new form.
        explorer: generates the scripts, and is notified which of them reached new lines.
        budget: how many scripts to play at most.
        rules: what is left out of the comparisons.
        progress: called after each script.
        shrinks: whether a script that tells the forms apart is shrunk.
        lines: the lines that traffic may reach; once all have run, lines are no longer recorded, which makes
            the forms faster. Unknown by default.

    Raises:
        FormError: a form can no longer be imported.
    """
    pair = _Pair(old, new, rules)
    playing = _Playing(pair, explorer)
    reached = _Reached(lines)
    seen = Seen()
    scripts = steps = events = 0
    separation = None
    unsteady: list[Comparison] = []
    while scripts < budget:
        script, runs = playing.outcome(with_lines=not reached.everything)
        scripts, steps, events = scripts + 1, steps + len(script), events + _compared(runs[0].transcript)
        if reached.add(runs):
            explorer.keep(script)
        playing.go_ahead(budget - scripts, with_lines=not reached.everything)
        progress()
        if between := pair.differences(runs):
            playing.settle()
            separation = pair.separation(script, explorer.repaired if shrinks else None)
            if separation is not None:
                break
            unsteady.append(Comparison(*runs, tuple(between)))
        seen.add(runs[0].transcript)
        if seen.quiet >= QUIET and reached.everything:
            break
    playing.settle()
    return Exploration(scripts, steps, events, reached.old, reached.new, separation, tuple(unsteady))


def compare_under(
    steps: Sequence[Step], old: FormRunner, new: FormRunner, *, rules: Rules = EXACT
) -> Comparison:
    """Play the same steps against both forms, and compare what the clients saw.

    Raises:
        FormError: a form can no longer be imported.
    """
    pair = _Pair(old, new, rules)
    runs = pair.run(tuple(steps), with_output=True)
    return Comparison(*runs, tuple(pair.differences(runs)))


class _Reached:
    """The lines that ran."""

    def __init__(self, reachable: Lines | None) -> None:
        self.old: frozenset[Line] = frozenset()
        self.new: frozenset[Line] = frozenset()
        self._reachable = reachable

    @property
    def everything(self) -> bool:
        """Whether all reachable lines have run in both forms."""
        known = self._reachable
        return known is not None and known[0] <= self.old and known[1] <= self.new

    def add(self, runs: tuple[FormRun, FormRun]) -> bool:
        """Record what a script reached; returns whether any of it is new."""
        old, new = self.old | runs[0].lines, self.new | runs[1].lines
        if len(old) == len(self.old) and len(new) == len(self.new):
            return False
        self.old, self.new = old, new
        return True


class _Playing:
    """Plays an explorer's scripts in both forms, the next ones while the last one is looked at."""

    def __init__(self, pair: _Pair, explorer: Explorer) -> None:
        self._pair = pair
        self._explorer = explorer
        self._begun: deque[Script] = deque()
        self._done: deque[tuple[Script, tuple[FormRun, FormRun]]] = deque()

    def outcome(self, *, with_lines: bool) -> tuple[Script, tuple[FormRun, FormRun]]:
        """The next script, and what both forms did under it."""
        if not self._done:
            self.go_ahead(1, with_lines=with_lines)
            self._finish_one()
        return self._done.popleft()

    def go_ahead(self, most: int, *, with_lines: bool) -> None:
        """Begin the next scripts, how the last one compares will not change them.

        Which lines a script reached decides what the explorer makes next, though: while lines are recorded,
        only one is begun.

        Args:
            most: how many scripts may be under way, or done and not taken yet.
            with_lines: whether lines are recorded.
        """
        most = min(most, 1 if with_lines else self._pair.ahead)
        while len(self._begun) + len(self._done) < most:
            self._begun.append(self._explorer.script())
            self._pair.begin(self._begun[-1], with_lines=with_lines)

    def settle(self) -> None:
        """Wait for the scripts that are being played, so that others can be."""
        while self._begun:
            self._finish_one()

    def _finish_one(self) -> None:
        self._done.append((self._begun.popleft(), self._pair.outcome()))


class _Pair:
    def __init__(self, old: FormRunner, new: FormRunner, rules: Rules) -> None:
        self._old = old
        self._new = new
        self._rules = rules

    @property
    def ahead(self) -> int:
        """How many scripts may be begun before the first one's outcome is waited for."""
        return min(self._old.ahead, self._new.ahead)

    def run(
        self, script: Script, *, with_lines: bool = False, with_output: bool = False
    ) -> tuple[FormRun, FormRun]:
        """Run a script in both forms at the same time."""
        self.begin(script, with_lines=with_lines, with_output=with_output)
        return self.outcome()

    def begin(self, script: Script, *, with_lines: bool = False, with_output: bool = False) -> None:
        """Start a script in both forms."""
        self._old.begin(script, with_lines=with_lines, with_output=with_output)
        self._new.begin(script, with_lines=with_lines, with_output=with_output)

    def outcome(self) -> tuple[FormRun, FormRun]:
        """What both did under the first that was started, once they have."""
        return self._old.outcome(), self._new.outcome()

    def differences(self, runs: tuple[FormRun, FormRun]) -> list[Difference]:
        if runs[0].transcript == runs[1].transcript:  # nearly always, and much faster than comparing
            return []
        return compare(runs[0].transcript, runs[1].transcript, self._rules)

    def separation(self, script: Script, repair: Repair | None) -> Separation | None:
        """The separation by a script that showed a difference once; None if it does not show again.

        Args:
            script: the script.
            repair: makes a script playable while it is shrunk; without it, the script is not shrunk.
        """
        if not self.differences(self.run(script)):
            return None
        shortest = script
        if repair is not None:
            shortest = shrink(script, lambda other: bool(self.differences(self.run(other))), repair=repair)
        # The report wants the forms' output, but logging uses stack: where a handler overflows the stack it
        # may hide the difference. The same holds for shrinking where a difference shows only now and then.
        for shown, with_output in ((shortest, True), (shortest, False), (script, True), (script, False)):
            runs = self.run(shown, with_output=with_output)
            if between := self.differences(runs):
                self._old.begin(shown, with_output=with_output)
                again = self._old.outcome()
                steady = not compare(runs[0].transcript, again.transcript, self._rules)
                return Separation(shown, script, *runs, tuple(between), steady)
        return None


def _compared(transcript: Transcript) -> int:
    return sum(1 + sum(map(len, record.events.values())) for record in transcript)

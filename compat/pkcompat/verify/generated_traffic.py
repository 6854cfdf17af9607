"""Comparing both forms of a party under generated traffic, each form in a process of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pkcompat.forms import (
    FormError,
    FormModules,
    FormPlan,
    FormProcess,
    Line,
    function_lines,
    never_ran,
    reachable_lines,
    tell_lines,
)
from pkcompat.project import HostPlan
from pkcompat.traffic import DEFAULT_PARTY, EXACT, Rules, Traffic
from pkcompat.verify.given_traffic import FormResult, Verification, VerifyError
from pkcompat.verify.ground import Ground, shares_ids
from pkcompat.verify.scripts import Explorer
from pkcompat.verify.search import DEFAULT_BUDGET, Exploration, Progress, explore
from pkcompat.verify.words import read_vocabulary

PARTY_PATH = "/party"


@dataclass(frozen=True, slots=True)
class GenerationPlan:
    """What to compare, and how long to look for a difference.

    Attributes:
        old: the target of the old form.
        new: the target of the new form; equal to `old` if `sources` holds the migrated code.
        sources: replaced source code of the new form, by file path.
        companions: what both forms are hosted with: other parties, variables, crons.
        rules: what the comparison ignores.
        seed: the seed of all random choices; the same seed gives the same traffic.
        budget: how many scripts to play.
        old_sources: replaced source code of the old form, by file path.
    """

    old: str
    new: str
    sources: Mapping[Path, bytes] = field(default_factory=dict)
    companions: HostPlan = field(default_factory=lambda: HostPlan({}))
    rules: Rules = EXACT
    seed: int = 0
    budget: int = DEFAULT_BUDGET
    old_sources: Mapping[Path, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reach:
    """Line coverage of a module's functions, and of functions elsewhere that its party's events can reach.

    Attributes:
        file: the module's file.
        lines: the numbers of its lines.
        missed: those that did not run.
        others: the reachable lines of other files.
        others_missed: those that did not run.
    """

    file: str
    lines: frozenset[int]
    missed: frozenset[int]
    others: frozenset[Line] = frozenset()
    others_missed: frozenset[Line] = frozenset()

    @property
    def count(self) -> int:
        """How many lines are reachable."""
        return len(self.lines) + len(self.others)

    @property
    def ran(self) -> int:
        """How many of the lines ran."""
        return self.count - len(self.missed) - len(self.others_missed)

    @property
    def percent(self) -> float:
        """The percentage of the lines that ran."""
        return 100.0 * self.ran / self.count if self.count else 100.0

    @property
    def whose(self) -> str:
        """A phrase for the functions that the lines belong to."""
        return "the functions that its events can reach" if self.others else "its module's functions"

    @property
    def told_missed(self) -> str:
        """The lines that did not run, such as `3, 7-9; handlers.py: 4`; empty if all ran."""
        texts = [tell_lines(self.missed)] if self.missed else []
        for file in sorted({file for file, _ in self.others_missed}):
            numbers = [number for path, number in self.others_missed if path == file]
            texts.append(f"{Path(file).name}: {tell_lines(numbers)}")
        return "; ".join(texts)


@dataclass(frozen=True, slots=True)
class GeneratedVerification:
    """The result of a comparison under generated traffic.

    Attributes:
        plan: what was compared.
        exploration: what was tried, and the result.
        forms: the kinds of the two forms, `object` or `class`.
        old: the line coverage of the old form.
        new: the line coverage of the new form.
        verification: the shortest script under which the forms differ, step by step; None if there is none.
        tries_shared_ids: whether the traffic had two sockets with one id at a time.
        unreached_crons: whether there is an `on_cron`, but no cron that calls it.
        never_ran: the old form's handlers of which no line ran.
    """

    plan: GenerationPlan
    exploration: Exploration
    forms: tuple[str, str]
    old: Reach
    new: Reach
    verification: Verification | None
    tries_shared_ids: bool
    unreached_crons: bool
    never_ran: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether no script showed a difference."""
        return self.exploration.agrees

    @property
    def warning(self) -> str | None:
        """A warning that names the handlers that never ran; None if all did."""
        if not self.never_ran:
            return None
        what = "it" if len(self.never_ran) == 1 else "them"
        return f"never ran: {', '.join(self.never_ran)}; nothing of {what} was compared"

    @property
    def not_tried(self) -> tuple[str, ...]:
        """Sentences that say what the traffic left out, and why."""
        texts = []
        if not self.tries_shared_ids:
            texts.append(
                "two sockets of one id at a time; in a party that hibernates room.connections counts them "
                "once, get_connections() twice"
            )
        if self.unreached_crons:
            texts.append("on_cron; the partykit.json of this folder names no crons")
        return tuple(texts)


def verify_generated(
    plan: GenerationPlan,
    progress: Progress = lambda: None,
    processes: tuple[FormProcess, FormProcess] | None = None,
) -> GeneratedVerification:
    """Compare both forms under generated traffic.

    Args:
        plan: what to compare.
        progress: called after each script.
        processes: the processes to run the forms in; by default two that end with the comparison.

    Raises:
        VerifyError: a form could not be run.
    """
    if processes is not None:
        return _verify(plan, progress, *processes)
    with FormProcess() as old, FormProcess() as new:
        return _verify(plan, progress, old, new)


def _verify(
    plan: GenerationPlan, progress: Progress, old: FormProcess, new: FormProcess
) -> GeneratedVerification:
    old_modules = _load(old, plan, plan.old, plan.old_sources, "old")
    new_modules = _load(new, plan, plan.new, plan.sources, "new")
    ground = ground_of(old_modules, new_modules, plan.companions)
    try:
        exploration = explore(
            old,
            new,
            Explorer(ground, plan.seed),
            budget=plan.budget,
            rules=plan.rules,
            progress=progress,
            lines=(lines_of(old_modules), lines_of(new_modules)),
        )
    except FormError as error:
        raise VerifyError(f"a form can be imported once, but not again: {error}", error.detail) from None
    return GeneratedVerification(
        plan,
        exploration,
        (old_modules.form, new_modules.form),
        _reach(old_modules, exploration.old_lines),
        _reach(new_modules, exploration.new_lines),
        _shortest(plan, exploration, old_modules, new_modules),
        ground.shares_ids,
        "on_cron" in ground.handlers and not ground.crons,
        never_ran(old_modules.handler_lines, exploration.old_lines),
    )


def joined_reach(comparisons: Iterable[GeneratedVerification]) -> Reach:
    """The line coverage of the old form, joined over several comparisons.

    Args:
        comparisons: those of the parties of one module.
    """
    first, *others = (comparison.old for comparison in comparisons)
    every = (first, *others)
    missed = frozenset[Line]().union(*(each.others_missed for each in every))
    ran = frozenset[Line]().union(*(each.others - each.others_missed for each in every))
    return Reach(
        first.file,
        first.lines,
        first.missed.intersection(*(other.missed for other in others)),
        frozenset[Line]().union(*(each.others for each in every)),
        missed - ran,
    )


def ground_of(old: FormModules, new: FormModules, companions: HostPlan) -> Ground:
    """What an explorer must know about two forms.

    The words of both are said: one that only the new form knows is where it may differ.
    """
    vocabulary = read_vocabulary(old.sources.values())
    more = [source for source in new.sources.values() if source not in old.sources.values()]
    return Ground(
        read_vocabulary([*old.sources.values(), *more]),
        frozenset(old.handlers),
        PARTY_PATH,
        tuple(companions.crons),
        shares_ids(old.hibernates, vocabulary),
    )


def lines_of(modules: FormModules) -> frozenset[Line]:
    """The lines of the functions in a form's module and in the user's modules that it imports."""
    return frozenset(
        line
        for path, source in modules.sources.items()
        if path not in modules.companions
        for line in function_lines(source, path)
    )


def form_plan(companions: HostPlan, target: str, sources: Mapping[Path, bytes] | None = None) -> FormPlan:
    """How a form is hosted under generated traffic: as the party `main`, whose hooks see all paths."""
    parties = {**companions.parties, DEFAULT_PARTY: target}
    return FormPlan(replace(companions, parties=parties, debug=True), DEFAULT_PARTY, sources or {})


def _load(
    process: FormProcess, plan: GenerationPlan, target: str, sources: Mapping[Path, bytes], label: str
) -> FormModules:
    try:
        return process.load(form_plan(plan.companions, target, sources))
    except FormError as error:
        raise VerifyError(
            f"the {label} form cannot be served: {error}", error.detail, is_new_form=label == "new"
        ) from None


def _reach(modules: FormModules, ran: frozenset[Line]) -> Reach:
    sources = {path: source for path, source in modules.sources.items() if path not in modules.companions}
    lines = reachable_lines(sources, modules.file, modules.handler_lines.values())
    own = frozenset(line for line in lines if line[0] == modules.file)
    return Reach(
        modules.file,
        frozenset(number for _, number in own),
        frozenset(number for _, number in own - ran),
        lines - own,
        lines - own - ran,
    )


def _shortest(
    plan: GenerationPlan, exploration: Exploration, old: FormModules, new: FormModules
) -> Verification | None:
    separation = exploration.separation
    if separation is None:
        return None
    first = separation.between[0].step + 1
    traffic = Traffic(
        DEFAULT_PARTY,
        separation.script,
        name=Path(old.file).stem,
        about=f"generated with seed {plan.seed}: the forms differ at step {first}",
    )
    return Verification(
        traffic,
        FormResult(plan.old, old.form, separation.old.transcript, (), separation.old.output),
        FormResult(plan.new, new.form, separation.new.transcript, (), separation.new.output),
        separation.between,
    )

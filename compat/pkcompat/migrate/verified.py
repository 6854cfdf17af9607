"""A migration in memory that is held to what generated traffic shows: `pkcompat migrate --verify`.

What the codemod would make of each party is compared with what the party was. Parties whose forms differ are
wrapped; what cannot be compared or was not reached stays as it is. The files are then migrated anew with what
was found out, until all that changes was compared and agrees.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from pkcodemods.finding_codes import FINDING_CODES
from pkcodemods.objections import Objection
from pkcodemods.project_groups import Group
from pkcodemods.project_migration import GroupResult
from pkcodemods.result import Outcome, PartyResult
from pkcodemods.source import ProjectFiles, SourceFile
from pkcompat.migrate.file import FileMigration
from pkcompat.project import HostPlan
from pkcompat.traffic import EXACT, Rules
from pkcompat.verify import (
    DEFAULT_BUDGET,
    GeneratedVerification,
    GenerationPlan,
    VerifyError,
    joined_reach,
    tell_script,
)

Compare = Callable[[Sequence[GenerationPlan]], Sequence[GeneratedVerification | VerifyError]]
"""Compares the forms of several parties: what each comparison came to, or why there was none."""

_LEAVING = (Outcome.UNTOUCHED, Outcome.ERROR)
_REFUSING = ("PK401", "PK402", "PK405")


@dataclass(frozen=True, slots=True)
class VerificationTerms:
    """What the parties of a migration are held to.

    Attributes:
        companions: what both forms have beside them: other parties, variables, crons.
        rules: what is left out of the comparisons.
        seed: what the choices of the traffic begin with.
        budget: how many scripts to play for each party.
        required_coverage: percent of the lines in a module's functions that the traffic must reach.
    """

    companions: HostPlan = field(default_factory=lambda: HostPlan({}))
    rules: Rules = EXACT
    seed: int = 0
    budget: int = DEFAULT_BUDGET
    required_coverage: int = 0


@dataclass(slots=True)
class PartyVerification:
    """What comparing the forms of a party showed.

    Attributes:
        agreed: the comparison with what becomes of it, if there was one, and it agreed.
        separation: the last comparison that told the forms apart.
        saved: the traffic file that its script was written to.
    """

    agreed: GeneratedVerification | None = None
    separation: GeneratedVerification | None = None
    saved: Path | None = None


@dataclass(frozen=True, slots=True)
class Verifications:
    """What comparing the parties of a migration showed.

    Attributes:
        terms: what they were held to.
        parties: what was shown of each that was compared, by its file's path and its exported name.
        refuses: whether one is not what the codemod would have made of it, because its forms differ or the
            traffic reached too little.
    """

    terms: VerificationTerms
    parties: Mapping[tuple[Path, str], PartyVerification]
    refuses: bool


class Migrating(Protocol):
    """Migrates files in memory; `pkcompat.migrate.project.ProjectMigration` is the one for a project."""

    paths: Sequence[Path]
    files: Sequence[SourceFile]

    def migrate(self, objections: Sequence[Objection]) -> Mapping[Group, GroupResult]:
        """What becomes of the files of each group of parties, with what was found out about them."""

    def in_files(self, groups: Mapping[Group, GroupResult]) -> list[FileMigration]:
        """What became of each file, in their order."""


class VerifiedMigration:
    """Migrates files in memory, and compares each party with what becomes of it."""

    def __init__(self, project: Migrating, terms: VerificationTerms, compare: Compare) -> None:
        """Compare nothing yet.

        Args:
            project: the files.
            terms: what the parties are held to.
            compare: compares forms; `pkcompat.verify.pool.verify_each` is the one that does it.
        """
        self._project = project
        self._terms = terms
        self._trial = _Trial(project, terms, compare)

    def settle(self, objections: list[Objection]) -> Mapping[Group, GroupResult]:
        """Migrate until all that changes was compared as it is, and agrees.

        Args:
            objections: what was found out about parties; what this finds out is added.
        """
        trial = self._trial
        trial.take(objections)
        groups = self._project.migrate(objections)
        while found := trial.objections_to(groups):
            objections += found
            groups = self._project.migrate(objections)
        return groups

    def verifications(self) -> Verifications:
        """What comparing the parties showed."""
        trial, paths = self._trial, self._project.paths
        shown = {(paths[key.file], key.name): shown for key, shown in trial.parties.items()}
        refuses = any(objection.code in _REFUSING for objection in trial.objections)
        return Verifications(self._terms, shown, refuses)


@dataclass(frozen=True, slots=True)
class PartyKey:
    """A party: the place of its file, and its exported name."""

    file: int
    name: str


@dataclass(frozen=True, slots=True)
class _Case:
    """A party, and what becomes of it and of the files that it imports.

    Attributes:
        key: the party.
        result: what becomes of it.
        changed: the places of those files that change.
        before: what they held, by their paths.
        after: what they shall hold.
    """

    key: PartyKey
    result: PartyResult
    changed: frozenset[int]
    before: Mapping[Path, bytes]
    after: Mapping[Path, bytes]


class _Trial:
    """Finds out what speaks against what the codemod makes of parties.

    Attributes:
        objections: what was found out so far.
        parties: what was shown of each party that was compared.
    """

    def __init__(self, project: Migrating, terms: VerificationTerms, compare: Compare) -> None:
        self.objections: Sequence[Objection] = ()
        self.parties: dict[PartyKey, PartyVerification] = {}
        self._project = project
        self._imports = ProjectFiles(project.files)
        self._packages = {
            name.dotted: index for index, name in enumerate(self._imports.names) if name.is_package
        }
        self._terms = terms
        self._compare = compare
        self._agreed: dict[PartyKey, Mapping[Path, bytes]] = {}  # what was compared, where it agreed
        self._left: set[PartyKey] = set()

    def take(self, objections: Sequence[Objection]) -> None:
        """Go on with what was found out by now, by this or by others."""
        self.objections = objections
        places = {file.path: index for index, file in enumerate(self._project.files)}
        for each in objections:
            if FINDING_CODES[each.code].outcome in _LEAVING:
                self._left.add(PartyKey(places[each.path], each.party))

    def objections_to(self, groups: Mapping[Group, GroupResult]) -> list[Objection]:
        """What now speaks against what becomes of the files; nothing where all that changes agrees."""
        cases = {case.key: case for case in self._cases(groups)}
        if found := self._held_back(cases, groups):
            return found
        waiting = [case for case in cases.values() if self._is_to_be_compared(case)]
        verdicts = self._compare([self._plan(case) for case in waiting]) if waiting else ()
        found = [
            objection
            for case, verdict in zip(waiting, verdicts, strict=True)
            for objection in self._judge(case, verdict, cases)
        ]
        return found or self._not_reached(cases)

    def _cases(self, groups: Mapping[Group, GroupResult]) -> Iterator[_Case]:
        results = {index: made for result in groups.values() for index, made in result.items()}
        changed = {index for index, made in results.items() if made.before != made.data}
        for index, made in results.items():
            reached = changed & self._reached(index) if made.parties else set()
            paths = {each: self._project.paths[each].resolve() for each in reached}
            before = {path: results[each].before for each, path in paths.items()}
            after = {path: results[each].data for each, path in paths.items()}
            for party in made.parties:
                yield _Case(PartyKey(index, party.name), party, frozenset(reached), before, after)

    def _reached(self, start: int) -> set[int]:
        """The files that run when a file is imported, itself and the packages that they lie in among them."""
        seen, waiting = {start}, [start]
        while waiting:
            index = waiting.pop()
            new = (self._imports.imported_by(index) | self._packages_around(index)) - seen
            seen |= new
            waiting += new
        return seen

    def _packages_around(self, index: int) -> set[int]:
        names = accumulate(self._imports.names[index].dotted.split("."), "{}.{}".format)
        return {self._packages[name] for name in names if name in self._packages}

    # comparing

    def _is_to_be_compared(self, case: _Case) -> bool:
        if not case.changed or case.key in self._left or _is_refused(case.result):
            return False
        return self._agreed.get(case.key) != case.after

    def _plan(self, case: _Case) -> GenerationPlan:
        target, terms = self._target(case.key), self._terms
        return GenerationPlan(
            target,
            target,
            case.after,
            terms.companions,
            terms.rules,
            terms.seed,
            terms.budget,
            old_sources=case.before,
        )

    def _judge(
        self, case: _Case, verdict: GeneratedVerification | VerifyError, cases: Mapping[PartyKey, _Case]
    ) -> list[Objection]:
        shown = self.parties.setdefault(case.key, PartyVerification())
        shown.agreed = None
        becomes_class = case.result.outcome in (Outcome.REWRITTEN, Outcome.RESIDUE)
        differs, names = (
            ("PK401", ("object form", "class form")) if becomes_class else ("PK405", ("before", "wrapped"))
        )
        if isinstance(verdict, VerifyError):
            reason = " ".join(str(verdict).split()).removesuffix(".")
            if verdict.is_new_form:
                return [self._objection(case.key, differs, reason)]
            return self._to_module(case.key, "PK403", reason, cases)
        if verdict.agrees:
            shown.agreed = verdict
            self._agreed[case.key] = case.after
            return []
        shown.separation = verdict
        separation = verdict.exploration.separation
        assert separation is not None
        script = tell_script(separation.script, separation.between, names)
        if not separation.steady:
            return self._to_module(case.key, "PK406", script, cases)
        return [self._objection(case.key, differs, script)]

    def _not_reached(self, cases: Mapping[PartyKey, _Case]) -> list[Objection]:
        """Objections to modules of which the traffic reached too little, by whichever of their parties."""
        found: list[Objection] = []
        modules: dict[int, list[GeneratedVerification]] = {}
        for key in cases:
            if key in self._agreed and key not in self._left and (agreed := self.parties[key].agreed):
                modules.setdefault(key.file, []).append(agreed)
        for file, comparisons in modules.items():
            reach = joined_reach(comparisons)
            silent = list(dict.fromkeys(name for each in comparisons for name in each.never_ran))
            if silent and self._terms.required_coverage:
                what = f"Handlers that never ran under the traffic: {', '.join(silent)}."
                found += self._to_module(PartyKey(file, ""), "PK402", what, cases)
            elif reach.percent < self._terms.required_coverage:
                where = reach.whose.replace("its module", "the module")
                what = (
                    f"The traffic reached {_percent(reach.percent)} % of the lines in {where}, less than the "
                    f"{self._terms.required_coverage} % that are required; not: {reach.told_missed}."
                )
                found += self._to_module(PartyKey(file, ""), "PK402", what, cases)
        return found

    # leaving parties as they are

    def _held_back(
        self, cases: Mapping[PartyKey, _Case], groups: Mapping[Group, GroupResult]
    ) -> list[Objection]:
        """Objections to parties for whose sake a file would change that one imports which is left alone."""
        found: dict[PartyKey, Objection] = {}
        for left in (case for case in cases.values() if case.key in self._left):
            for file in sorted(left.changed):
                free = [case for case in cases.values() if case.key not in self._left]
                sharing = [case.key for case in free if file in case.changed]
                if not sharing:  # it changes because of how it reads another party
                    near = {index for result in groups.values() if file in result for index in result}
                    sharing = [case.key for case in free if case.key.file in near]
                for key in sharing:
                    what = (
                        f"`{self._project.paths[file]}` with `{self._target(left.key)}`, which is left alone"
                    )
                    found[key] = self._objection(key, "PK404", what)
        return list(found.values())

    def _to_module(
        self, key: PartyKey, code: str, what: str, cases: Mapping[PartyKey, _Case]
    ) -> list[Objection]:
        """Objections to all parties of a party's module."""
        return [self._objection(other, code, what) for other in cases if other.file == key.file]

    def _objection(self, key: PartyKey, code: str, what: str) -> Objection:
        if FINDING_CODES[code].outcome in _LEAVING:
            self._left.add(key)
        return Objection(self._project.files[key.file].path, key.name, code, what)

    def _target(self, key: PartyKey) -> str:
        path = self._project.paths[key.file]
        text = str(path) if len(path.parts) > 1 or path.suffix == ".py" else f"./{path}"
        return f"{text}:{key.name}" if key.name else text


def _is_refused(party: PartyResult) -> bool:
    """Whether a party is left as it is because it is refused when it is served; not because it is ignored."""
    return party.outcome is Outcome.UNTOUCHED and bool(party.findings)


def _percent(value: float) -> str:
    """A percentage that is not rounded up."""
    return f"{math.floor(value * 10) / 10:g}"

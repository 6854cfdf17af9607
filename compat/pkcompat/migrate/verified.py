"""A migration in memory that is checked with generated traffic: `pkcompat migrate --verify`.

Each party is compared before and after the migration. A party whose forms differ is wrapped; one that cannot
be compared, or whose code the traffic did not reach, is left as it is. Each of these is an objection, with
which the files are migrated again, until every changed party was compared and agrees.
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
"""Compares the forms of several parties, and returns the result of each comparison, or why there is none."""

_LEAVING = (Outcome.UNTOUCHED, Outcome.ERROR)
_REFUSING = ("PK401", "PK402", "PK405")


@dataclass(frozen=True, slots=True)
class VerificationTerms:
    """The terms of the comparisons of a migration.

    Attributes:
        companions: the surroundings of both forms: other parties, variables, crons.
        rules: what is left out of the comparisons.
        seed: the seed of the generated traffic.
        budget: how many scripts to play for each party.
        required_coverage: the percentage of the lines in a module's functions that the traffic must reach.
    """

    companions: HostPlan = field(default_factory=lambda: HostPlan({}))
    rules: Rules = EXACT
    seed: int = 0
    budget: int = DEFAULT_BUDGET
    required_coverage: int = 0


@dataclass(slots=True)
class PartyVerification:
    """The result of comparing the forms of a party.

    Attributes:
        agreed: the comparison with what is written, if it agreed.
        separation: the last comparison that told the forms apart, if any.
        saved: the traffic file that its script was written to, if any.
    """

    agreed: GeneratedVerification | None = None
    separation: GeneratedVerification | None = None
    saved: Path | None = None


@dataclass(frozen=True, slots=True)
class Verifications:
    """The results of comparing the parties of a migration.

    Attributes:
        terms: the terms of the comparisons.
        parties: the result of each compared party, by its file's path and its exported name.
        refuses: whether some party was wrapped or left as it is because its forms differ or because the
            traffic reached too little of it.
    """

    terms: VerificationTerms
    parties: Mapping[tuple[Path, str], PartyVerification]
    refuses: bool


class Migrating(Protocol):
    """Migrates files in memory; `pkcompat.migrate.project.ProjectMigration` is the one for a project."""

    paths: Sequence[Path]
    files: Sequence[SourceFile]

    def migrate(self, objections: Sequence[Objection]) -> Mapping[Group, GroupResult]:
        """Migrate each group of parties, taking the objections into account."""

    def in_files(self, groups: Mapping[Group, GroupResult]) -> list[FileMigration]:
        """The results of the files, in their order."""


class VerifiedMigration:
    """Migrates files in memory, and compares each party before and after.

    Args:
        project: the files.
        terms: the terms of the comparisons.
        compare: compares forms, such as `pkcompat.verify.pool.verify_each`.
    """

    def __init__(self, project: Migrating, terms: VerificationTerms, compare: Compare) -> None:
        self._project = project
        self._terms = terms
        self._trial = _Trial(project, terms, compare)

    def settle(self, objections: list[Objection]) -> Mapping[Group, GroupResult]:
        """Migrate until every changed party was compared and agrees.

        Args:
            objections: reasons to make something else of some parties; new ones are appended.
        """
        trial = self._trial
        trial.take(objections)
        groups = self._project.migrate(objections)
        while found := trial.objections_to(groups):
            objections += found
            groups = self._project.migrate(objections)
        return groups

    def verifications(self) -> Verifications:
        """The results of the comparisons."""
        trial, paths = self._trial, self._project.paths
        shown = {(paths[key.file], key.name): shown for key, shown in trial.parties.items()}
        refuses = any(objection.code in _REFUSING for objection in trial.objections)
        return Verifications(self._terms, shown, refuses)


@dataclass(frozen=True, slots=True)
class PartyKey:
    """Identifies a party by the index of its file and its exported name."""

    file: int
    name: str


@dataclass(frozen=True, slots=True)
class _Case:
    """A party before and after the migration, with the files that it imports.

    Attributes:
        key: the party.
        result: the codemod's result for it.
        changed: the indexes of those files that change.
        before: their old contents, by path.
        after: their new contents, by path.
    """

    key: PartyKey
    result: PartyResult
    changed: frozenset[int]
    before: Mapping[Path, bytes]
    after: Mapping[Path, bytes]


class _Trial:
    """Finds objections to what the codemod makes of parties.

    Attributes:
        objections: all objections so far.
        parties: the result of each compared party.
    """

    def __init__(self, project: Migrating, terms: VerificationTerms, compare: Compare) -> None:
        self.objections: Sequence[Objection] = ()
        self.parties: dict[PartyKey, PartyVerification] = {}
        self._project = project
        self._imports = ProjectFiles(project.files)
        self._packages = {  # the index of each package's __init__.py
            name.dotted: index for index, name in enumerate(self._imports.names) if name.is_package
        }
        self._terms = terms
        self._compare = compare
        self._agreed: dict[PartyKey, Mapping[Path, bytes]] = {}  # the contents with which a party agreed
        self._left: set[PartyKey] = set()  # parties that must be left as they are

    def take(self, objections: Sequence[Objection]) -> None:
        """Replace the objections; they may come from elsewhere, such as the user's tests."""
        self.objections = objections
        places = {file.path: index for index, file in enumerate(self._project.files)}
        for each in objections:
            if FINDING_CODES[each.code].outcome in _LEAVING:
                self._left.add(PartyKey(places[each.path], each.party))

    def objections_to(self, groups: Mapping[Group, GroupResult]) -> list[Objection]:
        """Find new objections to a migration; there are none if every changed party agrees."""
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
        """The files that run when a file is imported, including itself and the packages around them."""
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
        """Object to modules of which the traffic reached too little through all of their parties together."""
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
        """Object to parties that would change a file which is imported by a party that is left as it is."""
        found: dict[PartyKey, Objection] = {}
        for left in (case for case in cases.values() if case.key in self._left):
            for file in sorted(left.changed):
                free = [case for case in cases.values() if case.key not in self._left]
                sharing = [case.key for case in free if file in case.changed]
                if not sharing:  # the file changes because it uses another party without being imported by it
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
        """Object to all parties of a party's module."""
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
    """Whether a party is left as it is because it cannot be served, rather than because it is ignored."""
    return party.outcome is Outcome.UNTOUCHED and bool(party.findings)


def _percent(value: float) -> str:
    """A percentage, rounded down: 79.96 must not show as the required 80."""
    return f"{math.floor(value * 10) / 10:g}"

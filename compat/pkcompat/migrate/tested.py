"""A migration in memory that must pass a command of the user's: `pkcompat migrate --test`.

The command has to pass before the migration, and with everything that is written. Parties with which it fails
are found by bisection; they are wrapped, or left as they are if it fails with that, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pkcodemods.objections import Objection
from pkcodemods.project_groups import Group
from pkcodemods.project_migration import GroupResult
from pkcodemods.result import Outcome
from pkcompat.errors import PkcompatError
from pkcompat.migrate.halving import passing_part
from pkcompat.migrate.shell_command import CommandRun
from pkcompat.migrate.verified import Migrating, PartyKey

Groups = Mapping[Group, GroupResult]
Contents = Mapping[Path, bytes]
Run = Callable[[Contents, str], CommandRun]
"""Runs the command with the given contents of files; the text describes the run."""

Settle = Callable[[list[Objection]], Groups]
"""Migrates with the given objections, to which it adds its own."""

_WRAPPED, _LEFT = "PK409", "PK410"
_CLASSES = (Outcome.REWRITTEN, Outcome.RESIDUE)
_SHOWN = 20  # lines at the end of the output of a command that failed


class TestsError(PkcompatError):
    """The command shows nothing about the migration; the message says why.

    The detail is the end of the command's output.
    """

    __test__ = False  # not a test case, although pytest would collect it by its name


@dataclass(slots=True)
class Testing:
    """The result of the test runs.

    Attributes:
        command: the command.
        runs: how often it ran.
        refuses: whether some party was wrapped or left as it is because of the command.
        vacuous: whether the command passes even when none of the changed files can be imported.
    """

    command: str
    runs: int = 0
    refuses: bool = False
    vacuous: bool = False


def migrate_tested(
    project: Migrating, command: str, run: Run, settle: Settle | None = None
) -> JudgedMigration:
    """Migrate files in memory, and keep the changes with which a command passes.

    Args:
        project: the files.
        command: the command, as messages name it.
        run: runs the command.
        settle: migrates the files; by default without checking anything else.

    Raises:
        TestsError: the command fails before anything is migrated, or only sometimes.
    """
    return _Trial(project, command, run, settle or project.migrate).tested()


@dataclass(frozen=True, slots=True)
class JudgedMigration:
    """The result of migrating each group of parties, and the result of the test runs."""

    groups: Groups
    testing: Testing


@dataclass(slots=True)
class _Trial:
    """The search for the parties with which the command fails.

    Attributes:
        objections: what was found so far; `settle` adds to it.
        known: the runs so far, by the contents with which the command ran.
    """

    project: Migrating
    command: str
    run: Run
    settle: Settle
    objections: list[Objection] = field(default_factory=list)
    testing: Testing = field(init=False)
    known: dict[frozenset[tuple[Path, bytes]], CommandRun] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.testing = Testing(self.command)

    def tested(self) -> JudgedMigration:
        groups = self.project.migrate(self.objections)
        if not self._contents(groups):
            return JudgedMigration(self.settle(self.objections), self.testing)
        self._must_pass({}, "as it is", "fails before anything is migrated")
        groups = self.settle(self.objections)
        suspects: list[PartyKey] | None = None
        if self._passes(groups, "migrated"):
            self.testing.vacuous = self._is_vacuous(groups)
            return JudgedMigration(groups, self.testing)
        # Before parties are blamed, make sure that the command does not fail by itself from time to time.
        self.known.clear()
        self._must_pass({}, "as it is, again", "passed at first, and fails now with nothing changed")
        while not self._passes(groups, "migrated"):
            suspects = self._object(groups, suspects)
            groups = self.settle(self.objections)
        self.testing.refuses = any(each.code in (_WRAPPED, _LEFT) for each in self.objections)
        return JudgedMigration(groups, self.testing)

    def _object(self, groups: Groups, suspects: Sequence[PartyKey] | None) -> list[PartyKey]:
        """Add objections to the parties with which the command fails; return them as the next suspects.

        A party that is wrapped now may still fail, so the next round searches the suspects first: if the
        command passes with all others, those need not be tested again.
        """
        outcomes = dict(self._changing(groups))
        asked = [key for key in outcomes if suspects is None or key in suspects]
        others = frozenset(outcomes.keys() - set(asked))
        if others and not self._passes_with(others, outcomes):
            asked, others = list(outcomes), frozenset()
        halved = passing_part(asked, lambda some: self._passes_with(some, outcomes), others)
        if not halved.failing:
            raise TestsError(f"`{self.command}` fails with all changes, but not with any one party's")
        for key, shown in halved.failing.items():
            code = _WRAPPED if outcomes[key] in _CLASSES else _LEFT
            failed = self._run_with(shown, outcomes)
            self.objections.append(self._objection(key, code, describe_failure(self.command, failed)))
        return list(halved.failing)

    def _passes_with(self, some: frozenset[PartyKey], outcomes: Mapping[PartyKey, Outcome]) -> bool:
        return self._run_with(some, outcomes).passes

    def _run_with(self, some: frozenset[PartyKey], outcomes: Mapping[PartyKey, Outcome]) -> CommandRun:
        """Run the command with only some of the parties migrated."""
        left = [self._objection(key, _LEFT, "") for key in outcomes if key not in some]
        contents = self._contents(self.project.migrate([*self.objections, *left]))
        return self._run(contents, f"with {len(some)} of {len(outcomes)} parties migrated")

    def _passes(self, groups: Groups, doing: str) -> bool:
        return self._run(self._contents(groups), doing).passes

    def _must_pass(self, contents: Contents, doing: str, otherwise: str) -> None:
        run = self._run(contents, doing)
        if not run.passes:
            raise TestsError(
                f"`{self.command}` {otherwise} ({_ended(run)}); nothing is written", detail=_end(run)
            )

    def _is_vacuous(self, groups: Groups) -> bool:
        """Whether the command passes even when none of the changed files can be imported."""
        broken = b'raise ImportError("pkcompat: is this file run by the tests?")\n'
        return self._run(dict.fromkeys(self._contents(groups), broken), "to see what it runs").passes

    def _run(self, contents: Contents, doing: str) -> CommandRun:
        key = frozenset(contents.items())
        if key not in self.known:
            self.testing.runs += 1
            self.known[key] = self.run(contents, doing)
        return self.known[key]

    def _contents(self, groups: Groups) -> dict[Path, bytes]:
        made = (pair for result in groups.values() for pair in result.items())
        return {self.project.paths[index]: each.data for index, each in made if each.before != each.data}

    def _changing(self, groups: Groups) -> Iterator[tuple[PartyKey, Outcome]]:
        for result in groups.values():
            for index, made in result.items():
                for party in made.parties:
                    if party.outcome in (*_CLASSES, Outcome.WRAPPED):
                        yield PartyKey(index, party.name), party.outcome

    def _objection(self, key: PartyKey, code: str, what: str) -> Objection:
        return Objection(self.project.files[key.file].path, key.name, code, what)


def describe_failure(command: str, run: CommandRun) -> str:
    """Describe how a command failed, with the end of its output."""
    output = _end(run)
    failure = f"`{command}`: {_ended(run)}"
    return f"{failure}; the end of its output:\n{output}" if output else f"{failure}, without any output."


def _ended(run: CommandRun) -> str:
    if run.status is None:
        return f"timed out after {run.seconds:.0f} s"
    if run.status in (126, 127):
        return f"exit status {run.status}, the shell cannot run it"
    return f"exit status {run.status}" if run.status >= 0 else f"ended by signal {-run.status}"


def _end(run: CommandRun) -> str:
    lines = [line.rstrip() for line in run.output.splitlines()]
    return "\n".join(lines[-_SHOWN:]).strip("\n")

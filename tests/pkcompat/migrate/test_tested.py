"""Which parties are written where a command judges, without running one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pkcodemods.objections import Objection
from pkcodemods.project_groups import Group
from pkcodemods.project_migration import GroupResult
from pkcompat.migrate.project import ProjectMigration
from pkcompat.migrate.shell_command import CommandRun
from pkcompat.migrate.tested import JudgedMigration, TestsError, migrate_tested
from pkcompat.project.pyproject import ToolSettings

PARTY = """\
def on_message(message, connection, room):
    room.broadcast(message)


default = {"onMessage": on_message}
"""
NAMES = ("a", "b", "c", "d")


class Tests:
    """What a command would say: some classes fail it, and some wrapped parties."""

    __test__ = False

    def __init__(self, classes: str = "", wrapped: str = "") -> None:
        self.classes = classes
        self.wrapped = wrapped
        self.asked: list[str] = []

    def run(self, contents: Mapping[Path, bytes], doing: str) -> CommandRun:
        self.asked.append(doing)
        fails = any(
            path.stem in (self.wrapped if b"legacy_to_class" in content else self.classes)
            for path, content in contents.items()
        )
        return CommandRun(int(fails), "what it printed\n", 0.1)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectMigration:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        Path(f"{name}.py").write_text(PARTY)
    return ProjectMigration([Path(f"{name}.py") for name in NAMES], ToolSettings())


def outcomes(tested: JudgedMigration) -> str:
    made = {index: str(each.outcome) for result in tested.groups.values() for index, each in result.items()}
    return " ".join(made[index] for index in sorted(made))


@pytest.mark.parametrize(
    ("classes", "wrapped", "expected"),
    [
        ("", "", "rewritten rewritten rewritten rewritten"),
        ("b", "", "rewritten wrapped rewritten rewritten"),
        ("bd", "d", "rewritten wrapped rewritten untouched"),
        ("abcd", "abcd", "untouched untouched untouched untouched"),
    ],
)
def test_parties_are_wrapped_and_left(
    classes: str, wrapped: str, expected: str, project: ProjectMigration
) -> None:
    tests = Tests(classes, wrapped)
    tested = migrate_tested(project, "run it", tests.run)
    assert outcomes(tested) == expected
    assert tested.testing.refuses is bool(classes)
    assert tested.testing.runs == len(tests.asked)


def test_findings_have_the_end_of_the_output(project: ProjectMigration) -> None:
    tested = migrate_tested(project, "run it", Tests("b").run)
    found = [
        f
        for result in tested.groups.values()
        for made in result.values()
        for p in made.parties
        for f in p.findings
    ]
    (finding,) = found
    assert finding.code == "PK409"
    assert "`run it`: exit status 1; the end of its output:\nwhat it printed" in finding.message


def test_a_command_that_fails_before_is_an_error(project: ProjectMigration) -> None:
    with pytest.raises(TestsError, match="fails before anything is migrated") as error:
        migrate_tested(project, "x", lambda contents, doing: CommandRun(1, "why\n", 0.1))
    assert error.value.detail == "why"


def test_a_command_that_fails_now_and_then_is_an_error(project: ProjectMigration) -> None:
    statuses = iter((0, 1, 1))
    with pytest.raises(TestsError, match="passed at first, and fails now with nothing changed"):
        migrate_tested(project, "x", lambda contents, doing: CommandRun(next(statuses), "", 0.1))


def test_what_is_found_out_otherwise_counts_too(project: ProjectMigration) -> None:
    def settle(objections: list[Objection]) -> Mapping[Group, GroupResult]:
        if not any(each.code == "PK401" for each in objections):
            objections.append(Objection("a.py", "default", "PK401", "why"))
        return project.migrate(objections)

    tested = migrate_tested(project, "x", Tests("b").run, settle)
    assert outcomes(tested) == "wrapped wrapped rewritten rewritten"

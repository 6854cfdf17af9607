"""Migrating many files in processes: order, caching, crashes, files that belong together."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pkcodemods.objections import Objection
from pkcodemods.project_groups import Group
from pkcodemods.project_migration import GroupResult, MigrateGroup
from pkcompat.migrate import clean_cache as clean_files
from pkcompat.migrate import first_look
from pkcompat.migrate import project as migration_run
from pkcompat.migrate.clean_cache import CleanFiles
from pkcompat.migrate.project import ProjectMigration, SourceMigration, migrate_files
from pkcompat.project.pyproject import ToolSettings

PARTY = """\
def on_connect(connection, room):
    room.broadcast("hi")


default = {"onConnect": on_connect}
"""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Parties, files without one, and one that is no Python."""
    for number in range(8):
        (tmp_path / f"party_{number}.py").write_text(PARTY)
        (tmp_path / f"plain_{number}.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_text("def f(:\n")
    return [*sorted(tmp_path.iterdir()), tmp_path / "missing.py"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_file_gets_its_result_in_order(
    files: list[Path], jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_look, "_LOOKED_AT_ONCE", 2)
    done: list[int] = []
    migrations = migrate_files(files, ToolSettings(), jobs=jobs, progress=done.append)
    assert [migration.path for migration in migrations] == files
    outcomes = {migration.path.name.partition("_")[0]: migration.outcome for migration in migrations}
    assert outcomes == {"bad.py": "error", "missing.py": "error", "party": "rewritten", "plain": "untouched"}
    assert sum(done) == len(files)


def test_a_file_known_to_be_clean_is_not_read(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean_files, "_SETTLED", -1)
    store = files[0].parent / "store"
    known = CleanFiles(store)
    migrate_files(files, ToolSettings(), clean_files=known)
    known.save()
    read: list[str] = []
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or PARTY.encode())
    remembered = CleanFiles(None)
    remembered._known = known._seen
    migrate_files(files, ToolSettings(), clean_files=remembered)
    assert sorted(read) == ["bad.py", *(f"party_{number}.py" for number in range(8))]


@pytest.mark.skipif(sys.platform != "linux", reason="replaces a method in forked processes")
def test_a_file_over_which_a_process_dies_is_told_and_the_others_are_done(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def migrate(self: MigrateGroup, group: Group) -> GroupResult:
        if self.project.files[group[0]].path.endswith("party_3.py"):
            os._exit(1)
        return real(self, group)

    real = MigrateGroup.__call__
    monkeypatch.setattr(MigrateGroup, "__call__", migrate)
    migrations = {
        migration.path.name: migration for migration in migrate_files(files, ToolSettings(), jobs=2)
    }
    assert migrations["party_3.py"].problem is not None
    assert "the process that read it died" in migrations["party_3.py"].problem.message
    assert migrations["party_4.py"].outcome == "rewritten"


@pytest.mark.parametrize("jobs", [1, 2])
def test_files_that_know_each_other_are_migrated_together(tmp_path: Path, jobs: int) -> None:
    for number in range(8):
        (tmp_path / f"party_{number}.py").write_text(
            f"from tell_{number} import tell\n\ndef f(connection, room):\n    tell(room)\n\n"
            "default = {'onConnect': f}\n"
        )
        (tmp_path / f"tell_{number}.py").write_text(
            "def tell(where):\n    for c in where.connections.values():\n        c.socket.send('x')\n"
        )
    migrations = migrate_files(sorted(tmp_path.iterdir()), ToolSettings(), jobs=jobs)
    assert {migration.outcome for migration in migrations} == {"rewritten"}
    for migration in migrations:
        assert migration.before == migration.path.read_bytes()
        assert b"socket" not in migration.after


def test_files_that_change_together_have_one_number(tmp_path: Path) -> None:
    (tmp_path / "tell.py").write_text(
        "def tell(where):\n    for c in where.connections.values():\n        c.socket.send('x')\n"
    )
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(
            "from tell import tell\n\ndef f(connection, room):\n    tell(room)\n\n"
            "default = {'onConnect': f}\n"
        )
    (tmp_path / "alone.py").write_text(PARTY)
    (tmp_path / "plain.py").write_text("x = 1\n")
    migrations = migrate_files(sorted(tmp_path.iterdir()), ToolSettings())
    groups = {migration.path.stem: migration.group for migration in migrations}
    assert groups["plain"] is None
    assert groups["one"] == groups["two"] == groups["tell"]
    assert groups["alone"] not in (None, groups["one"])


@pytest.mark.parametrize("jobs", [1, 2])
def test_only_what_there_are_new_objections_to_is_migrated_again(
    files: list[Path], jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files[0].parent)
    project = ProjectMigration(files, ToolSettings(), jobs=jobs)
    first = project.migrate()
    counted: list[Group] = []
    real = migration_run.each_shared

    def each(function: object, items: list[Group], jobs: int) -> object:
        counted.extend(items)
        return real(function, items, jobs)  # type: ignore[arg-type]

    monkeypatch.setattr(migration_run, "each_shared", each)
    assert project.migrate() == first
    objection = Objection("party_3.py", "default", "PK401", "why")
    again = project.in_files(project.migrate([objection]))
    assert [migration.path.name for migration in again if migration.outcome == "wrapped"] == ["party_3.py"]
    assert len(counted) == 1
    assert project.in_files(project.migrate()) == project.in_files(first)


def test_a_source_counts_as_the_content_of_a_file(tmp_path: Path) -> None:
    project = SourceMigration(tmp_path / "chat.py", PARTY.encode(), ToolSettings(tmp_path))
    (migration,) = project.in_files(project.migrate())
    assert (migration.path, migration.outcome) == (tmp_path / "chat.py", "rewritten")
    objection = Objection("chat.py", "default", "PK401", "why")
    (migration,) = project.in_files(project.migrate([objection]))
    assert migration.outcome == "wrapped"
    bad = SourceMigration(Path("bad.py"), b"def f(:\n", ToolSettings())
    (migration,) = bad.in_files(bad.migrate())
    assert migration.problem is not None
    assert migration.problem.line == 1


def test_the_same_is_not_found_out_twice(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[object] = []
    migrate = migration_run.migrate_holders

    def counted(*given: Any, **named: Any) -> dict[Group, GroupResult]:
        runs.append(given)
        return migrate(*given, **named)

    monkeypatch.setattr(migration_run, "migrate_holders", counted)
    project = ProjectMigration(files, ToolSettings())
    assert project.migrate() == project.migrate()
    assert len(runs) == 1
    path = next(file.path for file in project.files if file.path.endswith("party_0.py"))
    project.migrate([Objection(path, "default", "PK401", "it differs")])
    project.migrate()
    assert len(runs) == 3


def test_files_that_cannot_be_read_cause_no_others_to_be_migrated(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt name costs a look at the project, even if others import a module of that name."""
    (tmp_path / "reader.py").write_text("from missing import x\n" + PARTY)

    def migrate(self: MigrateGroup, group: Group) -> GroupResult:
        raise AssertionError(group)

    monkeypatch.setattr(MigrateGroup, "__call__", migrate)
    others = [tmp_path / "reader.py", *files[:-1]]
    project = ProjectMigration([tmp_path / "missing.py"], ToolSettings(), others=others)
    (missing,) = project.in_files(project.migrate())
    assert missing.problem is not None
    assert missing.problem.message == "No such file or directory"

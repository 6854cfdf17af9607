"""Migrating files: in memory, written together or not at all."""

import os
from pathlib import Path

import pytest

from pkcompat.migrate.file import FileMigration, Problem, migrate_file, write_migration, write_migrations

PARTY = b"""def on_connect(connection, room):
    room.broadcast("hi")


default = {"onConnect": on_connect}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "party.py"
    file.write_bytes(PARTY)
    return file


def test_a_file_is_migrated_in_memory_and_then_written(file: Path) -> None:
    migration = migrate_file(file)
    assert migration.outcome == "rewritten"
    assert migration.changes
    assert [party.name for party in migration.parties] == ["default"]
    assert file.read_bytes() == PARTY
    assert write_migration(migration) is migration
    assert file.read_bytes() == migration.after
    assert b"class " in migration.after
    assert not migrate_file(file).changes


def test_a_file_without_a_party_is_not_touched(file: Path) -> None:
    file.write_bytes(b"x = 1\r\n")
    migration = migrate_file(file)
    assert (migration.outcome, migration.changes) == ("untouched", False)
    file.unlink()
    assert write_migration(migration) is migration
    assert not file.exists()


@pytest.mark.parametrize(
    ("data", "line"), [(b"x = 1\nfrom partykit import server\ndef f(:\n", 3), (b"# partykit\n\n# \xff\n", 3)]
)
def test_a_file_that_is_no_python_is_told_with_its_line(file: Path, data: bytes, line: int) -> None:
    file.write_bytes(data)
    migration = migrate_file(file)
    assert migration.outcome == "error"
    assert migration.problem is not None
    assert migration.problem.line == line
    assert not migration.changes
    write_migration(migration)
    assert file.read_bytes() == data


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert migrate_file(tmp_path / "nope.py").problem == Problem("No such file or directory")


def test_a_file_that_changed_meanwhile_is_not_written(file: Path) -> None:
    migration = migrate_file(file)
    file.write_bytes(b"edited")
    failed = write_migration(migration)
    assert failed.problem == Problem("changed while it was being migrated; not written")
    assert file.read_bytes() == b"edited"


@pytest.fixture
def together(tmp_path: Path) -> list[FileMigration]:
    """Three files that change together, and one that changes alone."""
    migrations = []
    for name, group in (("a", 7), ("b", 7), ("c", 7), ("alone", None)):
        path = tmp_path / f"{name}.py"
        path.write_text("old\n")
        migrations.append(FileMigration(path, "rewritten", b"old\n", b"new\n", group=group))
    return migrations


def contents(migrations: list[FileMigration]) -> list[str]:
    return [migration.path.read_text().strip() for migration in migrations]


def test_files_that_change_together_are_written(together: list[FileMigration]) -> None:
    assert write_migrations(together) == together
    assert contents(together) == ["new"] * 4


def test_all_of_them_are_written_or_none(together: list[FileMigration]) -> None:
    together[1].path.write_text("edited\n")
    a, b, c, alone = write_migrations(together)
    assert contents(together) == ["old", "edited", "old", "new"]
    why = f"it changes together with {b.path}, which changed while it was being migrated; not written"
    assert [each.problem for each in (a, b, c, alone)] == [
        Problem(f"not written: {why}"),
        Problem("changed while it was being migrated; not written"),
        Problem(f"not written: {why}"),
        None,
    ]


def test_what_cannot_be_restored_is_told(
    together: list[FileMigration], monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def refuse(source: str, target: Path) -> None:
        if target.stem == "b" or Path(source).read_text() == "old\n":
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    a, b, *_ = write_migrations(together)
    assert contents(together) == ["new", "old", "old", "new"]
    assert b.problem == Problem("cannot be written: Permission denied")
    assert a.problem is not None
    assert a.problem.message.startswith("was written, and cannot be restored, but changes together with ")


def test_what_another_run_has_written_meanwhile_is_done(together: list[FileMigration]) -> None:
    together[0].path.write_text("new\n")
    assert write_migrations(together) == together
    assert contents(together) == ["new"] * 4


def test_what_another_run_has_written_is_not_undone(together: list[FileMigration]) -> None:
    together[0].path.write_text("new\n")
    together[1].path.write_text("edited\n")
    write_migrations(together)
    assert contents(together) == ["new", "edited", "old", "new"]


def test_what_a_killed_run_left_behind_goes(together: list[FileMigration]) -> None:
    folder = together[0].path.parent
    (folder / ".pkcompat-migrate-abc.tmp").write_text("half")
    (folder / ".pkcompat-write-abc.tmp").write_text("of a report that is being written")
    write_migrations(together)
    assert sorted(path.name for path in folder.iterdir() if path.suffix == ".tmp") == [
        ".pkcompat-write-abc.tmp"
    ]

from pathlib import Path

import pytest

from pkcompat.file_migration import Problem, migrate_file, write_migration

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

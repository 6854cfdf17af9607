from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pkcompat import clean_files, migration_run
from pkcompat.clean_files import CleanFiles
from pkcompat.file_migration import FileMigration, migrate_data
from pkcompat.migration_run import migrate_files
from pkcompat.tool_settings import ToolSettings

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
    monkeypatch.setattr(migration_run, "_LOOKED_AT_ONCE", 2)
    done: list[int] = []
    migrations = migrate_files(files, ToolSettings(), jobs=jobs, progress=done.append)
    assert [migration.path for migration in migrations] == files
    outcomes = {migration.path.name.partition("_")[0]: migration.outcome for migration in migrations}
    assert outcomes == {"bad.py": "error", "missing.py": "error", "party": "rewritten", "plain": "untouched"}
    assert sum(done) == len(files)


def test_a_file_known_to_be_clean_is_not_read(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean_files, "_SETTLED", -1)
    known = CleanFiles(None)
    migrate_files(files, ToolSettings(), clean_files=known)
    read: list[str] = []
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or PARTY.encode())
    known._known = known._seen
    migrate_files(files, ToolSettings(), clean_files=known)
    assert sorted(read) == ["bad.py", *(f"party_{number}.py" for number in range(8))]


@pytest.mark.skipif(sys.platform != "linux", reason="replaces a function in forked processes")
def test_a_file_over_which_a_process_dies_is_told_and_the_others_are_done(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def migrate(path: Path, data: bytes, settings: ToolSettings) -> FileMigration:
        if path.name == "party_3.py":
            os._exit(1)
        return migrate_data(path, data, settings)

    monkeypatch.setattr(migration_run, "migrate_data", migrate)  # the processes are forks
    migrations = {
        migration.path.name: migration for migration in migrate_files(files, ToolSettings(), jobs=2)
    }
    assert migrations["party_3.py"].outcome == "error"
    assert migrations["party_4.py"].outcome == "rewritten"

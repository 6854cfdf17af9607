"""The file of the SQLite storage: format, upgrades, locks, foreign files."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from partyserver import SqliteStorage, StorageError, StorageFileError
from partyserver.storage.backend import Alarm, Changes, KeyRange
from partyserver.storage.output_gate import until_committed
from partyserver.storage.sqlite_file import APPLICATION_ID, FORMAT, LAYOUT_STEPS, explain


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "rooms.sqlite"


@contextlib.contextmanager
def bare(path: Path) -> Iterator[sqlite3.Connection]:
    """The file without `SqliteStorage`."""
    path.parent.mkdir(exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        yield database


def test_a_new_file_says_whose_it_is_and_of_which_format(path: Path) -> None:
    SqliteStorage(path).close()
    with bare(path) as database:
        assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert database.execute("PRAGMA user_version").fetchone() == (FORMAT,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_of_format_1_is_upgraded(path: Path) -> None:
    with bare(path) as database:
        database.executescript(LAYOUT_STEPS[0])
        database.execute("INSERT INTO entries VALUES ('main', 'a', 'k', x'c3')")
        database.execute("INSERT INTO alarms VALUES ('main', 'a', 5)")
        database.execute("PRAGMA user_version = 1")
    for _ in range(2):
        storage = SqliteStorage(path)
        room = storage.room("main", "a")
        assert list(room.scan(KeyRange())) == [("k", b"\xc3")]
        assert room.get_alarm() == Alarm.at(5)
        storage.close()


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with bare(path) as database:
        database.executescript(LAYOUT_STEPS[0])
        database.execute("PRAGMA user_version = 1")
    broken = (LAYOUT_STEPS[0], LAYOUT_STEPS[1] + "UPDATE nowhere SET x = 0;")
    monkeypatch.setattr("partyserver.storage.sqlite_file.LAYOUT_STEPS", broken)
    with pytest.raises(StorageFileError, match="nowhere"):
        SqliteStorage(path)
    with bare(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        assert len(database.execute("PRAGMA table_info(alarms)").fetchall()) == 3


def test_a_file_that_is_no_storage(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("something else entirely, and long enough to be looked at" * 20)
    with pytest.raises(StorageFileError, match=r"rooms\.sqlite is no SQLite file; name another file"):
        SqliteStorage(path)


def test_a_path_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFileError, match="file"):
        SqliteStorage(tmp_path / "file" / "rooms.sqlite")
    with pytest.raises(StorageFileError):
        SqliteStorage(tmp_path)


def test_every_name_is_that_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    SqliteStorage(":memory:").close()
    assert [file.name for file in tmp_path.iterdir()] == [":memory:"]


def test_a_file_of_a_newer_version(path: Path) -> None:
    SqliteStorage(path).close()
    with bare(path) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageFileError, match=r"newer pkcompat \(format 99\); install that"):
        SqliteStorage(path)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE notes (text)",
        "CREATE TABLE entries (id); PRAGMA user_version = 1",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 3",
    ],
)
def test_a_file_of_another_program_is_left_alone(path: Path, script: str) -> None:
    with bare(path) as database:
        database.executescript(script)
    before = path.read_bytes()
    with pytest.raises(
        StorageFileError, match=r"rooms\.sqlite belongs to another program; name another file"
    ):
        SqliteStorage(path)
    assert path.read_bytes() == before


HOLDS = """
import sys, partyserver
storage = partyserver.SqliteStorage(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_a_file_that_another_process_holds(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(StorageFileError, match=r"rooms\.sqlite is in use; stop the process"):
            SqliteStorage(path)
        holder.communicate()
    SqliteStorage(path).close()


def test_a_file_that_this_process_holds(path: Path) -> None:
    storage = SqliteStorage(path)
    with pytest.raises(StorageFileError, match="is in use"):
        SqliteStorage(path)
    storage.close()


async def fill(path: Path) -> None:
    storage = SqliteStorage(path)
    storage.room("main", "a").apply(Changes({f"k{number:04}": bytes(1_000) for number in range(200)}))
    storage.close()


async def test_a_damaged_file_that_does_not_open(path: Path) -> None:
    await fill(path)
    with path.open("r+b") as file:
        file.seek(100)  # the schema's page, behind the file's header
        file.write(b"\xff" * 400)
    with pytest.raises(StorageFileError, match=r"rooms\.sqlite is damaged; put a backup in its place"):
        SqliteStorage(path)


async def test_damage_that_shows_later(path: Path) -> None:
    await fill(path)
    with path.open("r+b") as file:
        for page in range(3, 40):
            file.seek(4_096 * page)
            file.write(b"\xff" * 4_096)
    storage = SqliteStorage(path)
    with pytest.raises(StorageError, match=r"rooms\.sqlite is damaged"):
        list(storage.room("main", "a").scan(KeyRange()))
    storage.close()


async def test_a_full_disk(path: Path) -> None:
    storage = SqliteStorage(path)
    room = storage.room("main", "a")
    storage.store.database.execute("PRAGMA max_page_count = 20")
    room.apply(Changes({"k": bytes(100_000)}))
    with pytest.raises(StorageError, match=r"rooms\.sqlite cannot grow: the disk is full; make room"):
        await until_committed(storage)
    room.apply(Changes({"small": b"1"}))
    storage.close()
    again = SqliteStorage(path)
    assert [key for key, _ in again.room("main", "a").scan(KeyRange())] == ["small"]
    again.close()


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """File rights count: they do not for root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="the rights of POSIX")
def test_a_folder_and_a_file_without_the_right_to_write() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        SqliteStorage(folder / "rooms.sqlite").close()
        folder.chmod(0o555)
        (folder / "rooms.sqlite").chmod(0o444)
        try:
            with as_nobody():
                with pytest.raises(StorageFileError, match=r"rooms\.sqlite cannot be .* needs write access"):
                    SqliteStorage(folder / "rooms.sqlite")
                with pytest.raises(StorageFileError, match=r"new\.sqlite cannot be opened; .* write access"):
                    SqliteStorage(folder / "new.sqlite")
                with pytest.raises(
                    StorageFileError, match=r"its folder cannot be made \(Permission denied\)"
                ):
                    SqliteStorage(folder / "deeper" / "new.sqlite")
        finally:
            folder.chmod(0o755)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SQLITE_IOERR_WRITE", "look after the disk"),
        ("SQLITE_FULL", "make room"),
        ("SQLITE_BUSY_RECOVERY", "in use"),
        ("SQLITE_READONLY_DIRECTORY", "write access"),
        ("SQLITE_CORRUPT_INDEX", "backup"),
        (None, "cannot be used: words"),
    ],
)
def test_explanations(name: Any, words: str) -> None:
    error = sqlite3.OperationalError("words")
    error.sqlite_errorname = name
    assert words in explain(error)
    assert "words" in explain(error)

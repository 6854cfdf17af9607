from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from partyserver import SqliteStorage, StorageError, StorageFileError
from partyserver.sqlite_storage import end_of_prefix
from partyserver.storage_backend import Changes, KeyRange


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "rooms.sqlite"


@pytest.fixture
def storage(path: Path) -> Iterator[SqliteStorage]:
    storage = SqliteStorage(path)
    yield storage
    storage.close()


async def commit(storage: SqliteStorage) -> None:
    if storage.pending is not None:
        await storage.pending


async def test_rooms_and_parties_are_apart(storage: SqliteStorage) -> None:
    a, b, c = storage.room("main", "a"), storage.room("main", "b"), storage.room("other", "a")
    a.apply(Changes({"k": b"a"}, alarm=5))
    c.apply(Changes({"k": b"c"}, alarm=6))
    assert (a.get("k"), b.get("k"), c.get("k")) == (b"a", None, b"c")
    assert sorted(storage.alarms()) == [("main", "a", 5), ("other", "a", 6)]
    a.apply(Changes(clear=True))
    assert (a.get("k"), a.get_alarm(), c.get("k")) == (None, 5, b"c")
    a.apply(Changes(alarm=None))
    assert a.get_alarm() is None


async def test_what_is_committed_outlives_the_storage(storage: SqliteStorage, path: Path) -> None:
    storage.room("main", "a").apply(Changes({"k": b"v", "gone": b"x"}, alarm=7))
    storage.room("main", "a").apply(Changes({"gone": None}))
    await commit(storage)
    storage.close()
    again = SqliteStorage(path, durability="power")
    assert list(again.room("main", "a").scan(KeyRange())) == [("k", b"v")]
    assert again.room("main", "a").get_alarm() == 7
    again.close()


async def test_the_writes_of_one_turn_are_one_transaction(storage: SqliteStorage) -> None:
    statements: list[str] = []
    storage._database.set_trace_callback(statements.append)
    for number in range(5):
        storage.room("main", str(number)).apply(Changes({"k": b"v"}))
    pending = storage.pending
    assert pending is not None
    await pending
    assert storage.pending is None
    assert statements.count("COMMIT") == 1
    assert sum(statement.startswith("BEGIN") for statement in statements) == 1


async def test_a_failing_call_writes_nothing_and_leaves_the_turns_other_writes(
    storage: SqliteStorage,
) -> None:
    room = storage.room("main", "a")
    room.apply(Changes({"before": b"1"}))
    with pytest.raises(StorageError):
        room.apply(Changes({"half": b"1", "bad": None, "worse": {}}))  # type: ignore[dict-item]
    room.apply(Changes({"after": b"1"}))
    await commit(storage)
    assert [key for key, _ in room.scan(KeyRange())] == ["after", "before"]


async def test_a_failing_commit_loses_its_writes_and_says_so(storage: SqliteStorage) -> None:
    room = storage.room("main", "a")
    room.apply(Changes({"kept": b"1"}))
    await commit(storage)
    room.apply(Changes({"lost": b"1"}))
    pending = storage.pending
    assert pending is not None
    storage._database.execute("ROLLBACK")  # so that COMMIT finds no transaction
    with pytest.raises(StorageError, match="the commit failed"):
        await pending
    room.apply(Changes({"next": b"1"}))
    await commit(storage)
    assert [key for key, _ in room.scan(KeyRange())] == ["kept", "next"]


RANGES = [
    KeyRange(),
    KeyRange(prefix="b"),
    KeyRange(prefix="b", reverse=True, limit=2),
    KeyRange(start="b1", end="b3"),
    KeyRange(after="b1"),
    KeyRange(start="c", end="b"),
    KeyRange(prefix="\U0010ffff"),
    KeyRange(prefix="é", start="é"),
    KeyRange(end=""),
    KeyRange(limit=1),
    KeyRange(limit=2**63),
]


@pytest.mark.parametrize("key_range", RANGES)
async def test_ranges_are_those_of_the_model(storage: SqliteStorage, key_range: KeyRange) -> None:
    keys = [
        "",
        "a",
        "b",
        "b1",
        "b2",
        "b\U0010ffff",
        "c",
        "é",
        "é1",
        "\ud7ff",
        "\ue000",
        "\U0010ffff",
        "\U0010ffffx",
    ]
    room = storage.room("main", "a")
    room.apply(Changes({key: key.encode() for key in keys}))
    assert [key for key, _ in room.scan(key_range)] == key_range.select(keys)


@pytest.mark.parametrize(
    ("prefix", "end"),
    [("a", "b"), ("a\U0010ffff", "b"), ("\U0010ffff", None), ("\ud7ff", "\ue000"), ("", None)],
)
def test_end_of_prefix(prefix: str, end: str | None) -> None:
    assert end_of_prefix(prefix) == end


def test_a_file_that_is_no_storage(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("something else entirely, and long enough to be looked at" * 20)
    with pytest.raises(StorageFileError, match=r"rooms\.sqlite: is no SQLite file"):
        SqliteStorage(path)


def test_a_path_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFileError, match="file"):
        SqliteStorage(tmp_path / "file" / "rooms.sqlite")
    with pytest.raises(StorageFileError):
        SqliteStorage(tmp_path)


def test_a_file_of_a_newer_version(path: Path) -> None:
    SqliteStorage(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StorageFileError, match="newer pkcompat"):
        SqliteStorage(path)


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
        with pytest.raises(StorageFileError, match="another process uses this file"):
            SqliteStorage(path)
        holder.communicate()
    SqliteStorage(path).close()


async def test_closing_commits_what_waits(path: Path) -> None:
    storage = SqliteStorage(path)
    storage.room("main", "a").apply(Changes({"k": b"v"}))
    storage.close()
    again = SqliteStorage(path)
    assert again.room("main", "a").get("k") == b"v"
    again.close()
    await asyncio.sleep(0)  # the commit that was to come finds nothing left to do


def test_values_are_blobs_whatever_they_hold(storage: SqliteStorage) -> None:
    async def main() -> Any:
        room = storage.room("main", "a")
        room.apply(Changes({"k": b"\x00\xff'\""}))
        return room.get("k")

    assert asyncio.run(main()) == b"\x00\xff'\""


def test_a_loop_that_ended_before_its_commit_loses_nothing(storage: SqliteStorage) -> None:
    async def write(key: str) -> None:
        storage.room("main", "a").apply(Changes({key: b"v"}))

    async def write_and_commit(key: str) -> None:
        await write(key)
        await commit(storage)

    asyncio.run(write("first"))
    asyncio.run(write_and_commit("second"))
    assert len(list(storage.room("main", "a").scan(KeyRange()))) == 2

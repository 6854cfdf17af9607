"""Storage in SQLite: transactions, failed commits, closing."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from partyserver import SqliteStorage, StorageError
from partyserver.storage import group_sync
from partyserver.storage.backend import Alarm, Changes, KeyRange


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "rooms.sqlite"


@pytest.fixture(params=["process", "power"])
def storage(path: Path, request: pytest.FixtureRequest) -> Iterator[SqliteStorage]:
    storage = SqliteStorage(path, durability=request.param)
    yield storage
    storage.close()


async def commit(storage: SqliteStorage) -> None:
    if storage.pending is not None:
        await storage.pending


async def test_rooms_and_parties_are_apart(storage: SqliteStorage) -> None:
    a, b, c = storage.room("main", "a"), storage.room("main", "b"), storage.room("other", "a")
    a.apply(Changes({"k": b"a"}, alarm=Alarm.at(5)))
    c.apply(Changes({"k": b"c"}, alarm=Alarm(6, None, 6, ringing=True)))
    assert (a.get("k"), b.get("k"), c.get("k")) == (b"a", None, b"c")
    assert sorted(storage.alarms()) == [("main", "a"), ("other", "a")]
    assert c.get_alarm() == Alarm(6, None, 6, ringing=True)
    a.apply(Changes(clear=True))
    assert (a.get("k"), a.get_alarm(), c.get("k")) == (None, Alarm.at(5), b"c")
    a.apply(Changes(alarm=None))
    assert a.get_alarm() is None


async def test_what_is_committed_outlives_the_storage(storage: SqliteStorage, path: Path) -> None:
    storage.room("main", "a").apply(Changes({"k": b"v", "gone": b"x"}, alarm=Alarm.at(7)))
    storage.room("main", "a").apply(Changes({"gone": None}))
    await commit(storage)
    storage.close()
    again = SqliteStorage(path, durability="power")
    assert list(again.room("main", "a").scan(KeyRange())) == [("k", b"v")]
    assert again.room("main", "a").get_alarm() == Alarm.at(7)
    again.close()


async def test_the_writes_of_one_turn_are_one_transaction(storage: SqliteStorage) -> None:
    statements: list[str] = []
    storage.store.database.set_trace_callback(statements.append)
    for number in range(5):
        storage.room("main", str(number)).apply(Changes({"k": b"v"}))
    pending = storage.pending
    assert pending is not None
    await pending
    assert storage.pending is None
    assert statements.count("COMMIT") == 1
    assert sum(statement.startswith("BEGIN") for statement in statements) == 1


async def test_a_failing_commit_loses_its_writes_and_says_so(storage: SqliteStorage) -> None:
    room = storage.room("main", "a")
    room.apply(Changes({"kept": b"1"}))
    await commit(storage)
    room.apply(Changes({"lost": b"1"}))
    pending = storage.pending
    assert pending is not None
    storage.store.database.execute("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match="the commit failed"):
        await pending
    storage.store.database.execute("PRAGMA query_only = OFF")
    assert room.get("lost") is None
    room.apply(Changes({"next": b"1"}))
    await commit(storage)
    assert [key for key, _ in room.scan(KeyRange())] == ["kept", "next"]


async def test_closing_commits_what_waits(path: Path) -> None:
    storage = SqliteStorage(path)
    storage.room("main", "a").apply(Changes({"k": b"v"}))
    storage.close()
    again = SqliteStorage(path)
    assert again.room("main", "a").get("k") == b"v"
    again.close()
    await asyncio.sleep(0)  # the commit that was to come finds nothing left to do


def test_values_are_blobs_whatever_they_hold(storage: SqliteStorage) -> None:
    async def main() -> object:
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


def lose_the_next_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(group_sync, "flush_file", fail)


async def test_what_was_not_flushed_is_lost_and_nothing_is_read_or_written_after_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    storage = SqliteStorage(path, durability="power")
    room = storage.room("main", "a")
    lose_the_next_flush(monkeypatch)
    room.apply(Changes({"k": b"v"}))
    assert storage.pending is not None
    with caplog.at_level(logging.ERROR, "partyserver"), pytest.raises(StorageError, match="Input/output"):
        await storage.pending
    assert "a commit may be lost" in caplog.text
    for use in (lambda: room.get("k"), lambda: room.apply(Changes({"k": b"w"}))):
        with pytest.raises(StorageError, match="start the host again"):
            use()
    storage.close()


async def test_commits_that_come_during_a_flush_share_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = SqliteStorage(path, durability="power")
    may_go_on, flushes = threading.Event(), 0

    def slow(descriptor: int) -> None:
        nonlocal flushes
        flushes += 1
        assert may_go_on.wait(10)
        os.fsync(descriptor)

    monkeypatch.setattr(group_sync, "flush_file", slow)
    commits = []
    for number in range(10):
        storage.room("main", str(number)).apply(Changes({"k": b"v"}))
        commits.append(storage.pending)
        await asyncio.sleep(0)  # a turn of its own
        assert storage.room("main", str(number)).get("k") == b"v"  # the loop goes on meanwhile
    assert len(set(commits)) == 10
    assert not any(commit.done() for commit in commits if commit is not None)
    may_go_on.set()
    await commit(storage)
    assert all(commit is not None and commit.done() for commit in commits)
    assert flushes == 2
    storage.close()


def test_there_is_no_such_durability(path: Path) -> None:
    with pytest.raises(ValueError, match='"process" or "power"'):
        SqliteStorage(path, durability="eternal")  # type: ignore[arg-type]


async def test_a_write_of_nothing_needs_no_commit(storage: SqliteStorage) -> None:
    storage.room("main", "a").apply(Changes())
    assert storage.pending is None


def test_a_commit_whose_loop_has_ended_is_not_waited_for(storage: SqliteStorage) -> None:
    async def write() -> None:
        storage.room("main", "a").apply(Changes({"k": b"v"}))

    asyncio.run(write())
    assert storage.pending is None


async def test_a_commit_that_fails_does_not_hide_one_that_is_still_to_be_flushed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what tells of the earlier one would leave before it is on the disk."""
    may_go_on = threading.Event()
    monkeypatch.setattr(group_sync, "flush_file", lambda descriptor: may_go_on.wait(10))
    storage = SqliteStorage(path, durability="power")
    try:
        room = storage.room("main", "a")
        room.apply(Changes({"k": b"1"}))
        first = storage.pending
        await asyncio.sleep(0)
        room.apply(Changes({"k": b"2"}))
        storage.store.database.execute("PRAGMA query_only = ON")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert storage.pending is first
        may_go_on.set()
        assert first is not None
        await first
        assert storage.pending is None
    finally:
        may_go_on.set()
        storage.close()


async def test_a_closed_file_is_neither_read_nor_written(storage: SqliteStorage) -> None:
    room = storage.room("main", "a")
    room.apply(Changes({"k": b"v"}))
    storage.close()
    for use in (lambda: room.get("k"), lambda: room.apply(Changes({"k": b"w"}))):
        with pytest.raises(StorageError, match=r"rooms\.sqlite is closed"):
            use()
    storage.open()
    assert room.get("k") == b"v"

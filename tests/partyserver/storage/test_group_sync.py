"""Group commit: flushes shared, failed and finished."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from partyserver.storage import group_sync
from partyserver.storage.backend import Commit
from partyserver.storage.group_sync import GroupSync


class Disk:
    """Flushes that a test lets pass or fail, and what they settle."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.flushes = 0
        self.error: OSError | None = None
        self.settled: list[tuple[int, OSError | None]] = []
        self.news = asyncio.Event()

    def flush(self, descriptor: int) -> None:
        self.flushes += 1
        assert self.may_go_on.wait(10)
        if self.error is not None:
            raise self.error

    def settle(self, commits: Sequence[Commit], error: OSError | None) -> None:
        self.settled.append((len(commits), error))
        self.news.set()

    async def settles(self, groups: int) -> None:
        async with asyncio.timeout(10):
            while len(self.settled) < groups:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(group_sync, "flush_file", disk.flush)
    return disk


@pytest.fixture
async def sync(disk: Disk, tmp_path: Path) -> Iterator[GroupSync]:  # type: ignore[misc]
    (tmp_path / "log").touch()
    sync = GroupSync(str(tmp_path / "log"), disk.settle)
    yield sync
    sync.close()


def a_commit() -> Commit:
    return asyncio.get_running_loop().create_future()


async def test_commits_that_come_during_a_flush_share_the_next(disk: Disk, sync: GroupSync) -> None:
    for _ in range(5):
        sync.add(a_commit())
    assert disk.settled == []
    disk.may_go_on.set()
    await disk.settles(2)
    assert disk.settled == [(1, None), (4, None)]
    assert disk.flushes == 2


async def test_after_a_failed_flush_no_other_succeeds(disk: Disk, sync: GroupSync) -> None:
    failed = disk.error = OSError("no")
    disk.may_go_on.set()
    sync.add(a_commit())
    await disk.settles(1)
    disk.error = None
    sync.add(a_commit())
    await disk.settles(2)
    assert disk.settled == [(1, failed), (1, failed)]
    assert sync.error is failed


async def test_finishing_settles_what_flushes_and_what_waits(disk: Disk, sync: GroupSync) -> None:
    sync.add(a_commit())
    sync.add(a_commit())
    disk.may_go_on.set()
    sync.finish([a_commit()])
    assert disk.settled == [(3, None)]


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be opened there")
def test_the_names_on_the_way_to_the_file_are_on_the_disk_before_anything_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power failure takes the name of a new file away, unless its folder was flushed (`fsync(2)`)."""
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.fstat(descriptor).st_ino))
    (tmp_path / "log").touch()
    GroupSync(str(tmp_path / "log"), lambda commits, error: None).close()
    assert flushed[:2] == [tmp_path.stat().st_ino, tmp_path.parent.stat().st_ino]


def test_a_folder_that_cannot_be_flushed_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError("Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    group_sync.flush_folders(str(tmp_path / "gone" / "log"))


def test_a_file_is_flushed(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        group_sync.flush_file(file.fileno())

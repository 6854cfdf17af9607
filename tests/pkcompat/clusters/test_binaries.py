"""Finding PostgreSQL's programs, and whom they run as."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pkcompat.clusters import binaries
from pkcompat.clusters.binaries import PostgresError, ServerUser, find_binaries


def programs(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_ctl"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(binaries, "_DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(binaries, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


def test_without_any_it_says_how_to_get_them() -> None:
    with pytest.raises(PostgresError, match=r"PostgreSQL 15 or newer is not on .*apt install postgresql"):
        find_binaries()


def test_debians_newest_is_taken_unless_path_has_one(tmp_path: Path) -> None:
    for version in ("9", "15", "17"):
        programs(tmp_path / "debian" / version / "bin", f"{version}.4 (Debian {version}.4-1)")
    assert find_binaries().version == 17
    assert find_binaries(15).version == 15
    on_path = programs(tmp_path / "path", "18beta1")
    assert (find_binaries().folder, find_binaries().version) == (on_path, 18)


def test_one_that_is_too_old_is_named(tmp_path: Path) -> None:
    programs(tmp_path / "debian" / "14" / "bin", "14.1")
    with pytest.raises(PostgresError, match=r"there is 14 in .*debian/14/bin"):
        find_binaries()


def test_a_folder_that_others_may_not_enter_is_seen(tmp_path: Path) -> None:
    other = ServerUser("somebody", os.getuid() + 12345, os.getgid() + 12345)
    inner = tmp_path / "inner"
    inner.mkdir(mode=0o755)
    tmp_path.chmod(0o700)
    assert not other.may_enter(inner)
    assert ServerUser("us", os.getuid(), os.getgid()).may_enter(tmp_path)

"""The cache of files known to need no migration."""

import os
from pathlib import Path

import pytest

from pkcompat.migrate import clean_cache as clean_files
from pkcompat.migrate.clean_cache import CleanFiles, clean_files_of, stamp_of

NAMES = frozenset({"os", "from", "import"})


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose times count as settled at once."""
    monkeypatch.setattr(clean_files, "_SETTLED", -1)
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    return file


def test_what_one_run_finds_the_next_one_knows(file: Path, tmp_path: Path) -> None:
    store = tmp_path / "cache" / "store"
    first = CleanFiles(store)
    assert first.known(str(file), stamp_of(file)) is None
    first.add(str(file), stamp_of(file), NAMES)
    first.save()
    assert CleanFiles(store).known(str(file), stamp_of(file)) == NAMES
    file.write_text("x = 2\n")
    os.utime(file, ns=(0, 0))
    assert CleanFiles(store).known(str(file), stamp_of(file)) is None


def test_a_file_that_has_just_changed_is_not_remembered(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean_files, "_SETTLED", 3_600_000_000_000)
    store = file.parent / "store"
    found = CleanFiles(store)
    found.add(str(file), stamp_of(file), NAMES)
    found.save()
    assert not store.exists()


def test_past_the_maximum_only_what_the_run_saw_is_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean_files, "MAXIMUM", 2)
    store = file.parent / "store"
    first = CleanFiles(store)
    first.add("/old", (1, 2, 3), NAMES)
    first.add("/seen", (1, 2, 3), NAMES)
    first.save()
    second = CleanFiles(store)
    assert second.known("/seen", (1, 2, 3)) == NAMES
    second.add("/new", (1, 2, 3), NAMES)
    second.save()
    third = CleanFiles(store)
    assert [third.known(path, (1, 2, 3)) for path in ("/old", "/seen", "/new")] == [None, NAMES, NAMES]


def test_what_cannot_be_read_is_passed_over(file: Path) -> None:
    store = file.parent / "store"
    store.write_bytes(b"rubbish")
    assert CleanFiles(store).known(str(file), stamp_of(file)) is None
    unwritable = CleanFiles(file / "not a folder" / "store")
    unwritable.add(str(file), stamp_of(file), NAMES)
    unwritable.save()


def test_projects_and_settings_are_kept_apart(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(file.parent / "cache"))
    found = clean_files_of(file.parent, ["vendored"])
    found.add(str(file), stamp_of(file), NAMES)
    found.save()
    assert clean_files_of(file.parent, ["vendored"]).known(str(file), stamp_of(file)) == NAMES
    assert clean_files_of(file.parent, []).known(str(file), stamp_of(file)) is None
    assert clean_files_of(file.parent / "other", ["vendored"]).known(str(file), stamp_of(file)) is None

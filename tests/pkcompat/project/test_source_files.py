"""Python files under a folder: which count, in which order."""

import os
from pathlib import Path
from typing import Any

import pytest

from pkcompat.project.source_files import find_sources


def test_which_files_under_a_folder_count(tmp_path: Path) -> None:
    for path in (
        "b.py",
        "a/z.py",
        "a/__pycache__/z.py",
        "a/notes.txt",
        ".hidden/x.py",
        ".secret.py",
        "node_modules/x.py",
        "env/pyvenv.cfg",
        "env/lib/x.py",
        "env/site-packages/x.py",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert list(find_sources([tmp_path])) == [tmp_path / "b.py", tmp_path / "a/z.py"]


def test_files_are_taken_as_they_are_named_and_once(tmp_path: Path) -> None:
    script, missing = tmp_path / "script", tmp_path / "missing.py"
    script.touch()
    (tmp_path / "party.py").touch()
    (tmp_path / "link.py").symlink_to(tmp_path / "party.py")
    found = list(find_sources([script, missing, tmp_path, script]))
    assert found == [script, missing, tmp_path / "link.py"]


def test_a_folder_that_may_not_be_read_is_given_so_that_reading_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    (tmp_path / "party.py").touch()
    scandir = os.scandir

    def refusing(path: str) -> Any:  # root may read every folder, so the mode of the folder would not do
        if path == str(locked):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert list(find_sources([tmp_path])) == [tmp_path / "party.py", locked]

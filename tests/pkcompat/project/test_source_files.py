"""Python files under a folder: which count, in which order."""

import os
from pathlib import Path
from typing import Any

import pytest

from pkcompat.project.source_files import find_sources, read_source


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


def test_no_link_leads_out_of_a_folder_or_round_in_circles(tmp_path: Path) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    for folder in (tree / "package.py", outside):
        folder.mkdir(parents=True)
        (folder / "module.py").touch()
    (tree / "out.py").symlink_to(outside / "module.py")
    (tree / "folder").symlink_to(outside)
    (tree / "self").symlink_to(tree)
    (tree / "one.py").symlink_to(tree / "two.py")
    (tree / "two.py").symlink_to(tree / "one.py")
    (tree / "nowhere.py").symlink_to(tree / "gone.py")
    (tree / "within.py").symlink_to(tree / "package.py" / "module.py")
    os.mkfifo(tree / "pipe.py")
    assert list(find_sources([tree])) == [tree / "within.py"]
    assert list(find_sources([tree / "out.py"])) == [tree / "out.py"]  # it is named


@pytest.mark.parametrize("path", ["/dev/zero", "pipe.py"])
def test_what_never_ends_is_not_read(path: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(OSError, match="Not a regular file"):
        read_source(tmp_path / path)

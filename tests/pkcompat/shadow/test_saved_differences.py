"""Files of kept differences: bounded, private to the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from pkcompat.shadow import saved_differences as shadow_keeping
from pkcompat.shadow.saved_differences import DifferenceFolder
from pkcompat.traffic.file import load_traffic
from pkcompat.traffic.steps import Connect, Traffic

TRAFFIC = Traffic("main", (Connect("c1", "/party/r"),), None, "main-a/../b", "it differed")


def test_each_difference_has_a_file(tmp_path: Path) -> None:
    folder = tmp_path / ".pkcompat" / "differences"
    kept = [DifferenceFolder(folder).keep(TRAFFIC) for _ in range(3)]
    assert len(set(kept)) == 3
    for path in kept:
        assert isinstance(path, Path)
        assert path.parent == folder
        assert load_traffic(path) == TRAFFIC
    assert (tmp_path / ".pkcompat" / ".gitignore").read_text() == "*\n"


def test_a_folder_of_the_users_is_not_hidden_from_git(tmp_path: Path) -> None:
    DifferenceFolder(tmp_path / "mine").keep(TRAFFIC)
    assert not (tmp_path / ".gitignore").exists()


@pytest.mark.parametrize(("files", "size"), [(2, 10**6), (100, 500)])
def test_the_folder_is_bounded_and_old_files_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, size: int
) -> None:
    monkeypatch.setattr(shadow_keeping, "MOST_FILES", files)
    monkeypatch.setattr(shadow_keeping, "MOST_BYTES", size)
    kept = [DifferenceFolder(tmp_path).keep(TRAFFIC) for _ in range(4)]
    assert kept[0] in list(tmp_path.iterdir())
    assert str(kept[3]).startswith(f"{tmp_path} is full")


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert DifferenceFolder(tmp_path / "file" / "folder").keep(TRAFFIC) == (
        f"{tmp_path / 'file' / 'folder'}: Not a directory"
    )

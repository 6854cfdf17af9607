"""Copies of a project, with git and without."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pkcompat.tree_copy import TreeCopyError, root_of_copy, tree_copy


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(params=["git", "plain"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "chat.py").write_text("old = 1\n")
    (folder / "gone.txt").touch()
    if request.param == "git":
        git(folder, "init", "--quiet")
        (folder / ".gitignore").write_text(".venv\nsecret.txt\n")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", "x")
    (folder / "src" / "chat.py").write_text("new = 1\n")
    (folder / "gone.txt").unlink()
    (folder / "src" / "untracked.py").write_text("x = 1\n")
    (folder / "secret.txt").write_text("key")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "pyvenv.cfg").touch()
    (folder / "src" / "__pycache__").mkdir()
    return folder


def test_a_copy_is_the_folder_as_it_is(project: Path) -> None:
    root = root_of_copy([project / "src"]) if (project / ".git").exists() else project
    assert root == project.resolve()
    with tree_copy(root, [project / "src" / "chat.py"]) as copy:
        assert copy.folder.name == "project"
        assert (copy.folder / "src" / "chat.py").read_text() == "new = 1\n"
        assert (copy.folder / "src" / "untracked.py").read_text() == "x = 1\n"
        assert (copy.folder / "secret.txt").read_text() == "key"
        assert not (copy.folder / "gone.txt").exists()
        assert (copy.folder / ".venv").is_symlink()
        assert not (copy.folder / "src" / "__pycache__").exists()
        place = copy.folder.parent
    assert not place.exists()
    if (project / ".git").exists():
        assert len(git(project, "worktree", "list").splitlines()) == 1


def test_files_hold_something_else_and_what_they_held_again(project: Path) -> None:
    chat, other = project / "src" / "chat.py", project / "src" / "untracked.py"
    with tree_copy(project.resolve(), [chat, other]) as copy:
        times = []
        for contents in ({chat: b"a = 1\n"}, {other: b"y = 1\n"}, {}):
            copy.hold(contents)
            assert copy.counterpart(chat).read_bytes() == contents.get(chat, b"new = 1\n")
            assert copy.counterpart(other).read_bytes() == contents.get(other, b"x = 1\n")
            times.append(copy.counterpart(chat).stat().st_mtime)
        assert times[0] < times[1]  # or byte code of the same size would count
    assert chat.read_text() == "new = 1\n"


def test_what_is_imported_comes_from_the_copy(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(project / "lib"), "/elsewhere"]))
    with tree_copy(project.resolve(), []) as copy:
        paths = copy.environment([project])["PYTHONPATH"].split(os.pathsep)
        assert paths == [str(copy.folder / "src"), str(copy.folder), str(copy.folder / "lib"), "/elsewhere"]


def test_what_lies_elsewhere_has_no_counterpart(project: Path, tmp_path: Path) -> None:
    with (
        tree_copy(project.resolve(), []) as copy,
        pytest.raises(TreeCopyError, match="outside"),
    ):
        copy.counterpart(tmp_path / "other.py")


def test_the_root_of_all_files_is_not_copied() -> None:
    with pytest.raises(TreeCopyError, match="start in the project's folder"):
        root_of_copy([Path("/")])

"""Copies of a project, with git and without."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pkcompat.migrate import project_copy as tree_copy_module
from pkcompat.migrate import tree_entries
from pkcompat.migrate.project_copy import TreeCopyError, root_of_copy, tree_copy


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(params=["git", "plain"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "chat.py").write_text("old = 1\n")
    (folder / "gone.txt").touch()
    (folder / ".gitignore").write_text(".venv\nsecret.txt\ndata/\n")
    if request.param == "git":
        git(folder, "init", "--quiet")
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
        assert paths[1:] == [
            str(copy.folder / "src"),
            str(copy.folder),
            str(copy.folder / "lib"),
            "/elsewhere",
        ]


def test_what_lies_elsewhere_has_no_counterpart(project: Path, tmp_path: Path) -> None:
    with (
        tree_copy(project.resolve(), []) as copy,
        pytest.raises(TreeCopyError, match="outside"),
    ):
        copy.counterpart(tmp_path / "other.py")


def test_the_root_of_all_files_is_not_copied() -> None:
    with pytest.raises(TreeCopyError, match="start in the project's folder"):
        root_of_copy([Path("/")])


def test_a_small_ignored_folder_is_copied_and_a_large_one_linked_to(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "data" / "inner").mkdir(parents=True)
    (project / "data" / "inner" / "x.bin").write_bytes(b"x" * 100)
    for small, is_linked in ((100, False), (99, True)):
        monkeypatch.setattr(tree_entries, "SMALL", small)
        with tree_copy(project.resolve(), []) as copy:
            assert (copy.folder / "data").is_symlink() is is_linked
            assert (copy.folder / "data" / "inner" / "x.bin").stat().st_size == 100


def test_a_folder_with_a_file_that_will_change_is_copied_however_large(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_entries, "SMALL", 0)
    (project / "data").mkdir()
    (project / "data" / "party.py").write_text("x = 1\n")
    with tree_copy(project.resolve(), [project / "data" / "party.py"]) as copy:
        copy.hold({project / "data" / "party.py": b"x = 2\n"})
    assert (project / "data" / "party.py").read_text() == "x = 1\n"


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta"])
def test_environments_are_linked_to_and_those_of_tox_left_out(project: Path, mark: str) -> None:
    for name in ("env", "sub/node_modules", ".tox"):
        (project / name).mkdir(parents=True)
    (project / "env" / mark).touch()
    with (project / ".gitignore").open("a") as file:
        file.write("env/\nnode_modules/\n.tox/\n")
    with tree_copy(project.resolve(), []) as copy:
        assert (copy.folder / "env").is_symlink()
        assert (copy.folder / "sub" / "node_modules").is_symlink()
        assert not (copy.folder / ".tox").exists()


def test_a_copy_that_is_large_is_warned_of(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "films").mkdir()
    (project / "films" / "a.bin").write_bytes(bytes(3_000_000))
    monkeypatch.setattr(tree_copy_module, "_MUCH", 1_000_000)
    warnings: list[str] = []
    with tree_copy(project.resolve(), [], warnings.append):
        pass
    (warning,) = warnings
    assert "3 MB of " in warning
    assert "3 MB of them in `films`; a large folder that .gitignore names is linked to" in warning


def test_what_does_not_fit_is_not_begun(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: shutil._ntuple_diskusage(10, 5, 5))
    with pytest.raises(TreeCopyError, match="0 MB are free"), tree_copy(project.resolve(), []):
        pass


def test_links_lead_into_the_copy_or_to_where_they_led(project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("outside")
    links = {
        "inside": "src/chat.py",
        "absolute": str(project / "src" / "chat.py"),
        "outside": "../outside.txt",
        "absolute_outside": str(tmp_path / "outside.txt"),
        "dangling": "nowhere",
        "folder": str(project / "src"),
    }
    for name, target in links.items():
        (project / name).symlink_to(target)
    if (project / ".git").exists():
        git(project, "add", "inside", "absolute", "outside")
        git(project, "commit", "--quiet", "--message", "links")
    with tree_copy(project.resolve(), []) as copy:
        chat = copy.folder / "src" / "chat.py"
        assert {(copy.folder / name).resolve() for name in ("inside", "absolute")} == {chat}
        assert (copy.folder / "folder" / "chat.py").resolve() == chat
        assert (copy.folder / "outside").read_text() == "outside"
        assert (copy.folder / "absolute_outside").read_text() == "outside"
        assert os.readlink(copy.folder / "dangling") == "nowhere"


def test_a_repository_within_is_copied_as_it_is(project: Path) -> None:
    inner = project / "vendored"
    inner.mkdir()
    git(inner, "init", "--quiet")
    (inner / ".gitignore").write_text("*.log\n")
    (inner / "lib.py").write_text("x = 1\n")
    git(inner, "add", ".")
    git(inner, "commit", "--quiet", "--message", "x")
    (inner / "lib.py").write_text("x = 2\n")
    (inner / "new.py").touch()
    (inner / "a.log").touch()
    with tree_copy(project.resolve(), []) as copy:
        found = {path.name for path in (copy.folder / "vendored").iterdir()}
        assert found == {".gitignore", "lib.py", "new.py", "a.log"}
        assert (copy.folder / "vendored" / "lib.py").read_text() == "x = 2\n"


@pytest.fixture
def superproject(tmp_path: Path) -> Path:
    """A project with a submodule that has one of its own; another that was not checked out."""
    for name, holds in (("deep", ()), ("lib", ("deep",)), ("project", ("lib", "deep"))):
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "--quiet")
        (folder / f"{name}.py").write_text("x = 1\n")
        for inner in holds:
            allowed = ("-c", "protocol.file.allow=always")
            git(folder, *allowed, "submodule", "add", "--quiet", str(tmp_path / inner), f"{inner} sub")
            git(folder, *allowed, "submodule", "update", "--init", "--recursive", "--quiet")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", "x")
    git(tmp_path / "project", "submodule", "deinit", "--force", "--quiet", "deep sub")
    return tmp_path / "project"


def test_submodules_are_copied_as_they_are(superproject: Path) -> None:
    sub = superproject / "lib sub"
    (sub / "lib.py").write_text("x = 2\n")
    (sub / "new.py").touch()
    status = git(superproject, "status", "--porcelain")
    with tree_copy(superproject.resolve(), [sub / "lib.py"]) as copy:
        there = copy.folder / "lib sub"
        assert (there / "lib.py").read_text() == "x = 2\n"
        assert (there / "new.py").exists()
        assert (there / "deep sub" / "deep.py").read_text() == "x = 1\n"
        assert list((copy.folder / "deep sub").iterdir()) == []
        copy.hold({sub / "lib.py": b"x = 3\n"})
        assert (there / "lib.py").read_text() == "x = 3\n"
    assert (sub / "lib.py").read_text() == "x = 2\n"
    assert git(superproject, "status", "--porcelain") == status
    assert len(git(superproject, "worktree", "list").splitlines()) == 1


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_changes_that_git_was_told_not_to_look_at_are_there(tmp_path: Path, flag: str) -> None:
    git(tmp_path, "init", "--quiet")
    for name in ("settings.py", "gone.py"):
        (tmp_path / name).write_text("debug = False\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "x")
    git(tmp_path, "update-index", flag, "settings.py", "gone.py")
    (tmp_path / "settings.py").write_text("debug = True\n")
    (tmp_path / "gone.py").unlink()
    with tree_copy(tmp_path.resolve(), []) as copy:
        assert (copy.folder / "settings.py").read_text() == "debug = True\n"
        assert not (copy.folder / "gone.py").exists()


def test_a_worktree_of_the_users_is_copied_and_stays(project: Path, tmp_path: Path) -> None:
    if not (project / ".git").exists():
        pytest.skip("worktrees are git's")
    tree = tmp_path / "tree"
    git(project, "worktree", "add", "--quiet", str(tree))
    (tree / "untracked.py").touch()
    with tree_copy(tree.resolve(), []) as copy:
        assert (copy.folder / "untracked.py").exists()
        assert (copy.folder / "src" / "chat.py").read_text() == "old = 1\n"
    assert len(git(project, "worktree", "list").splitlines()) == 2
    assert (tree / "untracked.py").exists()

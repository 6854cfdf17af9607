"""A copy of the user's project for trying things out: a git worktree where there is git, else plain."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pkcompat.errors import PkcompatError
from pkcompat.interruption import uninterrupted

_CACHES = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"})
_BORROWED = frozenset({"node_modules", ".tox", ".nox"})  # large, and the same for every state of the project
_GIT_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


class TreeCopyError(PkcompatError):
    """The project cannot be copied. The message says why."""


class TreeCopy:
    """A copy of a folder.

    Attributes:
        root: the folder, without links.
        folder: the copy.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self._written: dict[Path, bytes] = {}  # what the copy's files held before
        self._stamp = 0

    def counterpart(self, path: Path) -> Path:
        """The path in the copy that corresponds to one in the folder.

        Raises:
            TreeCopyError: it does not lie in the folder.
        """
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            raise TreeCopyError(f"{path} lies outside of {self.root}, which is what is copied for --test")
        return self.folder / real.relative_to(self.root)

    def hold(self, contents: Mapping[Path, bytes]) -> None:
        """Let files of the copy hold something else; all others are as they were in the folder.

        Args:
            contents: what the files hold, by their paths in the folder.

        Raises:
            TreeCopyError: one does not lie in the folder, or cannot be written.
        """
        wanted = {self.counterpart(path): content for path, content in contents.items()}
        try:
            for path in wanted.keys() - self._written.keys():
                self._written[path] = path.read_bytes()
            for path, before in self._written.items():
                self._write(path, wanted.get(path, before))
        except OSError as error:
            raise TreeCopyError(f"the copy cannot be written: {error}") from None

    def _write(self, path: Path, content: bytes) -> None:
        if not Path(os.path.realpath(path)).is_relative_to(self.folder):
            raise TreeCopyError(f"{path.relative_to(self.folder)} is a link that leads out of the copy")
        if path.read_bytes() == content:
            return
        path.write_bytes(content)
        # Byte code counts as long as the second and the size are the same.
        self._stamp = max(self._stamp + 1, int(time.time()))
        os.utime(path, (self._stamp, self._stamp))

    def environment(self, roots: Collection[Path]) -> dict[str, str]:
        """The environment of a command that runs in the copy: what it imports comes from there.

        That counts where the project is installed in editable mode, too.

        Args:
            roots: the folders of the projects that matter.
        """
        env = {name: value for name, value in os.environ.items() if name not in _GIT_PLACES}
        first = [
            self.counterpart(place) for root in roots for place in (root / "src", root) if place.is_dir()
        ]
        paths = [str(path) for path in first]
        for entry in env.get("PYTHONPATH", "").split(os.pathsep):
            inside = os.path.isabs(entry) and Path(os.path.realpath(entry)).is_relative_to(self.root)
            paths += [str(self.counterpart(Path(entry))) if inside else entry] if entry else []
        return env | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def root_of_copy(folders: Collection[Path]) -> Path:
    """The folder to copy so that some folders are in it: the git repository around them, if there is one.

    Raises:
        TreeCopyError: there is none that could be copied.
    """
    try:
        common = Path(os.path.commonpath([os.path.realpath(folder) for folder in folders]))
    except ValueError:  # on several drives
        raise TreeCopyError("what is migrated and the current folder have no folder in common") from None
    found = _git(common, "rev-parse", "--show-toplevel")
    if found is not None and found.strip():
        return Path(os.path.realpath(os.fsdecode(found.removesuffix(b"\n"))))
    if common in (Path.home(), Path(common.anchor)):
        raise TreeCopyError(f"all of {common} would have to be copied: start in the project's folder")
    return common


@contextlib.contextmanager
def tree_copy(root: Path, needed: Collection[Path]) -> Iterator[TreeCopy]:
    """A copy of a folder, with what is not committed or not even tracked; it is gone at the end.

    What git ignores is there, too: files as copies, folders such as `.venv` as links. Caches are not.

    Args:
        root: the folder, without links.
        needed: files that will be written in the copy.

    Raises:
        TreeCopyError: it cannot be copied.
    """
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="pkcompat-"))) / root.name
    try:
        try:
            if not _add_worktree(root, folder):
                _copy_folder(root, folder, root)
            else:
                _carry_over(root, folder, {Path(os.path.realpath(path)) for path in needed})
        except (OSError, shutil.Error) as error:
            raise TreeCopyError(f"{root} cannot be copied: {error}") from None
        yield TreeCopy(root, folder)
    finally:
        with uninterrupted():
            _remove(root, folder)


def _remove(root: Path, folder: Path) -> None:
    _git(root, "worktree", "remove", "--force", "--force", str(folder))
    shutil.rmtree(folder.parent, ignore_errors=True)
    listed = _git(root, "worktree", "list", "--porcelain") or b""
    if b"worktree " + os.fsencode(folder) + b"\n" in listed:
        _git(root, "worktree", "remove", "--force", "--force", str(folder))  # what git still knows of it


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What a git command prints; None if it fails, or there is no git."""
    env = {name: value for name, value in os.environ.items() if name not in _GIT_PLACES}
    command = ["git", "-C", str(folder), "-c", f"core.hooksPath={os.devnull}", *arguments]
    try:
        done = subprocess.run(
            command,
            env=env | {"GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C does not cut it in two
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _add_worktree(root: Path, folder: Path) -> bool:
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or os.path.realpath(os.fsdecode(top.removesuffix(b"\n"))) != str(root):
        return False
    with uninterrupted():
        return _git(root, "worktree", "add", "--detach", str(folder), "HEAD") is not None


def _carry_over(root: Path, folder: Path, needed: Collection[Path]) -> None:
    """Bring a fresh worktree to the state of the folder."""
    untracked = ("ls-files", "-z", "--others", "--exclude-standard")
    for name in _names(root, "diff", "--name-only", "--no-renames", "-z", "HEAD"):
        _bring(root / name, folder / name)
    for name in _names(root, *untracked):
        _bring(root / name, folder / name)
    for name in _names(root, *untracked, "--ignored", "--directory"):
        source = root / name
        if source.name in _CACHES or source.suffix == ".pyc":
            continue
        holds = any(path.is_relative_to(source) for path in needed)
        if source.is_dir() and not source.is_symlink() and not holds:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(source, target_is_directory=True)
        else:
            _bring(source, folder / name)


def _names(root: Path, *arguments: str) -> list[str]:
    found = _git(root, *arguments)
    if found is None:
        raise OSError(f"git {arguments[0]} fails")
    return [os.fsdecode(name).rstrip("/") for name in found.split(b"\0") if name]


def _bring(source: Path, target: Path) -> None:
    """Let something be in the copy as it is in the folder."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    if not os.path.lexists(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
    elif source.is_dir():
        _copy_folder(source, target, source)
    elif source.is_file():
        shutil.copy2(source, target)


def _copy_folder(source: Path, target: Path, root: Path) -> None:
    """Copy a folder; virtual environments and the like are linked to, and what is no file is left out."""
    target.mkdir(parents=True)
    with os.scandir(source) as entries:
        for entry in entries:
            path, to = Path(entry.path), target / entry.name
            if entry.name in _CACHES or (entry.name == ".git" and source == root):
                continue
            if entry.is_symlink():
                to.symlink_to(os.readlink(path))
            elif entry.is_dir():
                if entry.name in _BORROWED or (path / "pyvenv.cfg").exists():
                    to.symlink_to(path, target_is_directory=True)
                else:
                    _copy_folder(path, to, root)
            elif entry.is_file():
                shutil.copy2(path, to)

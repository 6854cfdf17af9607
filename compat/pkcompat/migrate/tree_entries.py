"""Decides which files of the user's project are copied for `--test`, linked to, or left out.

Files are copied, tracked or not, including those of submodules and nested repositories. Virtual
environments, `node_modules` and large ignored folders are linked to: they do not depend on the state of the
project. Caches, the environments of tox and nox, and `.git` folders are left out.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pkcompat.migrate.git_command import listed
from pkcompat.project import GITIGNORE, GitIgnore

SMALL = 32 * 1024 * 1024  # bytes; larger ignored folders are linked to
_FEW = 5_000  # files; ignored folders with more are linked to
_LEFT_OUT = frozenset(
    {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".git", ".tox", ".nox"}
)
_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")
_UNSEEN_BY_DIFF = ("S", "h", "s")  # tags of `git ls-files -v`: skip-worktree, assume-unchanged


class Means(StrEnum):
    """How an entry gets into the copy."""

    COPY = "copy"
    LINK = "link"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder of the project.

    Attributes:
        name: its path in the project.
        means: how it gets into the copy.
        size: how many bytes have to be copied.
    """

    name: str
    means: Means
    size: int = 0


@dataclass(frozen=True, slots=True)
class TreeEntries:
    """The entries that make a copy equal to the project.

    Attributes:
        root: the real path of the project's folder.
        needed: the real paths of files that will be written in the copy; no folder around one is linked to.
    """

    root: Path
    needed: Collection[Path]

    def of_folder(self) -> Iterator[Entry]:
        """The entries for an empty copy."""
        yield from self._walk("", GitIgnore.of(str(self.root)))

    def beside_commit(self) -> Iterator[Entry]:
        """The entries for a copy that has the last commit checked out.

        Raises:
            OSError: git fails.
        """
        yield from self._of_index()
        changed = ("diff", "--name-only", "--no-renames", "--ignore-submodules=all", "-z", "HEAD")
        untracked = ("ls-files", "-z", "--others", "--exclude-standard")
        for name in (*listed(self.root, *changed), *listed(self.root, *untracked)):
            yield from self._anything(name.rstrip("/"))
        for name in listed(self.root, *untracked, "--ignored", "--directory"):
            yield from self._ignored(name.rstrip("/"))

    def _of_index(self) -> Iterator[Entry]:
        """Submodules, links, and files that `git diff` skips because of flags in the index."""
        for record in listed(self.root, "ls-files", "-z", "--stage", "-v"):
            described, _, name = record.partition("\t")
            tag, mode = described.split()[:2]
            if mode == "160000":  # a submodule
                yield from self._walk(name, GitIgnore())
            elif mode == "120000" or tag in _UNSEEN_BY_DIFF:  # 120000: a symbolic link
                yield from self._anything(name)

    def _anything(self, name: str) -> Iterator[Entry]:
        path = self.root / name
        if path.is_dir() and not path.is_symlink():
            yield from self._walk(name, GitIgnore())  # a nested repository
        else:
            yield self._file(name)

    def _file(self, name: str) -> Entry:
        try:
            return Entry(name, Means.COPY, (self.root / name).lstat().st_size)
        except FileNotFoundError:
            return Entry(name, Means.REMOVE)

    def _ignored(self, name: str) -> Iterator[Entry]:
        """A file or folder that git ignores."""
        path = self.root / name
        if path.name in _LEFT_OUT or path.suffix == ".pyc":
            return
        if not path.is_dir() or path.is_symlink():
            yield self._file(name)
        elif self._is_linked(path) or (not self._holds_needed(path) and not _is_small(path)):
            yield Entry(name, Means.LINK)
        else:
            yield from self._walk(name, GitIgnore())

    def _walk(self, name: str, ignore: GitIgnore) -> Iterator[Entry]:
        folder = self.root / name
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except FileNotFoundError:  # a submodule that is not checked out
            return
        names = {entry.name for entry in entries}
        if ".git" in names:
            ignore = GitIgnore()
        if GITIGNORE in names:
            ignore = ignore.within(str(folder))
        for entry in entries:
            inner = os.path.join(name, entry.name)
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.name in _LEFT_OUT:
                continue
            if is_folder and self._is_linked(Path(entry.path)):
                yield Entry(inner, Means.LINK)
            elif ignore.ignores(entry.path, is_folder=is_folder):
                yield from self._ignored(inner)
            elif is_folder:
                yield from self._walk(inner, ignore)
            elif entry.is_symlink() or entry.is_file():  # not a socket, pipe or device
                yield self._file(inner)

    def _is_linked(self, folder: Path) -> bool:
        """Whether a folder is an environment, which does not depend on the state of the project."""
        if folder.name != "node_modules" and not any((folder / mark).exists() for mark in _ENVIRONMENT_MARKS):
            return False
        return not self._holds_needed(folder)

    def _holds_needed(self, folder: Path) -> bool:
        return any(path.is_relative_to(folder) for path in self.needed)


def _is_small(folder: Path) -> bool:
    size = files = 0
    for place, _, names in os.walk(folder):
        files += len(names)
        size += sum(os.lstat(os.path.join(place, name)).st_size for name in names)
        if size > SMALL or files > _FEW:
            return False
    return True

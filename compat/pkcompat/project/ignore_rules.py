"""Which files are left alone: because of `.gitignore` files, and because of the user's `exclude` patterns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pkcompat.errors import PkcompatError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

GITIGNORE = ".gitignore"


class PatternError(PkcompatError):
    """An `exclude` pattern is invalid. The message names it."""


class Exclusion:
    """The user's patterns of files to leave alone, in the syntax of `.gitignore`.

    Args:
        patterns: the patterns.
        folder: the folder that they are relative to.

    Raises:
        PatternError: a pattern is invalid.
    """

    def __init__(self, patterns: Iterable[str], folder: str | os.PathLike[str]) -> None:
        lines = tuple(patterns)
        self._folder = os.path.realpath(folder)
        self._spec = _spec(lines) if lines else None

    def excludes(self, path: str | os.PathLike[str]) -> bool:
        """Whether a file is left alone because of its own name or that of a folder around it."""
        if self._spec is None:
            return False
        place, name = os.path.split(path)
        absolute = os.path.join(os.path.realpath(place), name)
        inside = absolute.startswith(os.path.join(self._folder, ""))
        return self._spec.match_file(os.path.relpath(absolute, self._folder) if inside else absolute[1:])


@dataclass(frozen=True, slots=True)
class GitIgnore:
    """The `.gitignore` files that apply in a folder: its own and its parents', up to the repository's root.

    Attributes:
        specs: their patterns, outermost first, each with the length of its folder's path.
    """

    specs: tuple[tuple[int, GitIgnoreSpec], ...] = ()

    @classmethod
    def of(cls, folder: str) -> GitIgnore:
        """The files that apply in a folder, without its own.

        Args:
            folder: the real path of the folder.
        """
        around = list(_up_to_the_repository(folder))
        found = cls()
        for outer in reversed(around):
            if os.path.exists(os.path.join(outer, ".git")):
                found = found._with(outer, os.path.join(".git", "info", "exclude"))
            if outer != folder:
                found = found.within(outer)
        return found

    def within(self, folder: str) -> GitIgnore:
        """The files that apply in a subfolder that has a file of its own.

        Args:
            folder: the real path of the subfolder.
        """
        return self._with(folder, GITIGNORE)

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether git ignores a file or folder in this folder.

        Args:
            path: its real path.
            is_folder: whether it is a folder.
        """
        # the innermost file that has a matching pattern decides, as in git
        for length, spec in reversed(self.specs):
            verdict = spec.check_file(path[length:] + "/" * is_folder).include
            if verdict is not None:
                return verdict
        return False

    def _with(self, folder: str, file: str) -> GitIgnore:
        try:
            with open(os.path.join(folder, file), encoding="utf-8", errors="surrogateescape") as lines:
                spec = _spec(lines)
        except (OSError, PatternError):  # git, too, ignores files that it cannot read
            return self
        return GitIgnore((*self.specs, (len(os.path.join(folder, "")), spec)))


def _up_to_the_repository(folder: str) -> Iterator[str]:
    """A folder and its parents up to the git repository; only the folder if there is no repository."""
    current, passed = folder, []
    while True:
        passed.append(current)
        if os.path.exists(os.path.join(current, ".git")):
            yield from passed
            return
        parent = os.path.dirname(current)
        if parent == current:
            yield folder
            return
        current = parent


def _spec(lines: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise PatternError(f"not a pattern of files: {error}") from None

"""What is left alone under a folder: by `.gitignore` files, and by the user's `exclude` patterns."""

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
    """An `exclude` pattern cannot be read. The message names it."""


class Exclusion:
    """The user's patterns of files to leave alone, in the syntax of `.gitignore`."""

    def __init__(self, patterns: Iterable[str], folder: str | os.PathLike[str]) -> None:
        """Read patterns.

        Args:
            patterns: the patterns.
            folder: what they are relative to.

        Raises:
            PatternError: one of them is no pattern.
        """
        lines = tuple(patterns)
        self._folder = os.path.realpath(folder)
        self._spec = _spec(lines) if lines else None

    def excludes(self, path: str | os.PathLike[str]) -> bool:
        """Whether a file is to be left alone, for its own name or for a folder that it lies in."""
        if self._spec is None:
            return False
        place, name = os.path.split(path)
        absolute = os.path.join(os.path.realpath(place), name)
        inside = absolute.startswith(os.path.join(self._folder, ""))
        return self._spec.match_file(os.path.relpath(absolute, self._folder) if inside else absolute[1:])


@dataclass(frozen=True, slots=True)
class GitIgnore:
    """The `.gitignore` files that count in a folder: its own and those around it, up to the repository's.

    Attributes:
        specs: their patterns, outermost first, each with the length of its folder's path.
    """

    specs: tuple[tuple[int, GitIgnoreSpec], ...] = ()

    @classmethod
    def of(cls, folder: str) -> GitIgnore:
        """What counts in a folder, but for its own file.

        Args:
            folder: an absolute path without links.
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
        """What counts in a folder that has a file of its own.

        Args:
            folder: an absolute path without links.
        """
        return self._with(folder, GITIGNORE)

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether git ignores a file or folder that lies in the folder.

        Args:
            path: its absolute path without links.
            is_folder: whether it is a folder.
        """
        for length, spec in reversed(self.specs):
            verdict = spec.check_file(path[length:] + "/" * is_folder).include
            if verdict is not None:
                return verdict
        return False

    def _with(self, folder: str, file: str) -> GitIgnore:
        try:
            with open(os.path.join(folder, file), encoding="utf-8", errors="surrogateescape") as lines:
                spec = _spec(lines)
        except (OSError, PatternError):  # git passes over what it cannot read as well
            return self
        return GitIgnore((*self.specs, (len(os.path.join(folder, "")), spec)))


def _up_to_the_repository(folder: str) -> Iterator[str]:
    """A folder and those around it up to a git repository; the folder alone where there is none."""
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

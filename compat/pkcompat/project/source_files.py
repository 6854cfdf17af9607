"""Finding the Python files under given paths."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pkcompat.project.ignore_rules import GITIGNORE, Exclusion, GitIgnore

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})


def find_sources(paths: Iterable[Path], exclusions: Collection[Exclusion] = ()) -> Iterator[Path]:
    """Find the Python files, each once, in the order of the paths and sorted within a folder.

    A file in `paths` is taken whatever its name. A path that does not exist, or a folder that cannot be read,
    is yielded as if it were a file, so that reading it reports the error. Under a folder every `*.py` file is
    found, except for those that git ignores and those in virtual environments, hidden folders, `__pycache__`,
    `node_modules` and `site-packages`; links to folders are not followed.

    Args:
        paths: files and folders.
        exclusions: the user's patterns of files to leave alone, which apply to files in `paths`, too.
    """
    seen: set[str] = set()
    for path in paths:
        if os.path.isdir(path):
            real = os.path.realpath(path)
            found = _walk(str(path), real, GitIgnore.of(real))
        else:
            found = iter([(str(path), os.path.realpath(path))])
        for file, real in found:
            if real not in seen and not any(exclusion.excludes(file) for exclusion in exclusions):
                seen.add(real)
                yield Path(file)


def _walk(folder: str, real_folder: str, ignore: GitIgnore) -> Iterator[tuple[str, str]]:
    """The Python files under a folder, as pairs of the path as named and the real path."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:  # the folder cannot be read; reading it as a file will report the error
        yield folder, real_folder
        return
    if any(entry.name == GITIGNORE for entry in found):
        ignore = ignore.within(real_folder)
    folders = []
    for entry in found:
        if entry.name.startswith("."):
            continue
        real = os.path.join(real_folder, entry.name)
        if entry.is_dir(follow_symlinks=False):
            if not _is_skipped(entry) and not ignore.ignores(real, is_folder=True):
                folders.append((entry.path, real))
        elif entry.name.endswith(".py") and entry.is_file() and not ignore.ignores(real, is_folder=False):
            yield os.path.normpath(entry.path), os.path.realpath(real) if entry.is_symlink() else real
    for path, real in folders:
        yield from _walk(path, real, ignore)


def _is_skipped(folder: os.DirEntry[str]) -> bool:
    return folder.name in _SKIPPED_FOLDERS or os.path.exists(os.path.join(folder.path, "pyvenv.cfg"))

"""Finding the Python files under given paths."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pkcompat.project.ignore_rules import GITIGNORE, Exclusion, GitIgnore

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})


def find_sources(paths: Iterable[Path], exclusions: Collection[Exclusion] = ()) -> Iterator[Path]:
    """Find the Python files, each once, in the order of the paths and sorted within a folder.

    A file in `paths` is taken whatever its name. A path that does not exist, or a folder that cannot be read,
    is yielded as if it were a file, so that reading it reports the error. Under a folder every `*.py` file is
    found, except for those that git ignores and those in virtual environments, hidden folders, `__pycache__`,
    `node_modules` and `site-packages`; links to folders, and links that lead out of the folder, are not
    followed.

    Args:
        paths: files and folders.
        exclusions: the user's patterns of files to leave alone, which apply to files in `paths`, too.
    """
    seen: set[str] = set()
    for path in paths:
        if os.path.isdir(path):
            real = os.path.realpath(path)
            found = _walk(str(path), real, GitIgnore.of(real), os.path.join(real, ""))
        else:
            found = iter([(str(path), os.path.realpath(path))])
        for file, real in found:
            if real not in seen and not any(exclusion.excludes(file) for exclusion in exclusions):
                seen.add(real)
                yield Path(file)


def read_source(path: str | os.PathLike[str]) -> bytes:
    """Read a file; a pipe or a device, which may never end, is refused.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # reading a folder has an error of its own
        raise OSError(errno.EINVAL, "Not a regular file", os.fspath(path))
    return Path(path).read_bytes()


def _walk(folder: str, real_folder: str, ignore: GitIgnore, named: str) -> Iterator[tuple[str, str]]:
    """The Python files under a folder, as pairs of the path as named and the real path.

    Args:
        folder: the folder as it was named.
        real_folder: its real path.
        ignore: what git ignores in it.
        named: what the real paths of the files may begin with, for they were not named otherwise.
    """
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
        elif entry.name.endswith(".py") and _is_file(entry) and not ignore.ignores(real, is_folder=False):
            target = os.path.realpath(real) if entry.is_symlink() else real
            if target.startswith(named):
                yield os.path.normpath(entry.path), target
    for path, real in folders:
        yield from _walk(path, real, ignore, named)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself, or into a folder that may not be read
        return False


def _is_skipped(folder: os.DirEntry[str]) -> bool:
    return folder.name in _SKIPPED_FOLDERS or os.path.exists(os.path.join(folder.path, "pyvenv.cfg"))

"""A cache of the files that are Python without a party, so that the next run need not read them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from pkcompat.migrate.cache_file import cache_file
from pkcompat.project import write_content

MAXIMUM = 200_000
"""How many files are remembered; beyond that, files that the last run did not see are forgotten."""

_SETTLED = 2_000_000_000
"""Nanoseconds after its last change from which a file's times reliably show a further change."""

Stamp = tuple[int, int, int]
"""A file's size in bytes, and its times of modification and of change in nanoseconds."""

_Entry = tuple[Stamp, str]


_LOOK = "2"
"""The version of the check for parties; a cache that was written by another version is not used."""


class CleanFiles:
    """The files of one project that were found to be Python without a party.

    An entry is valid as long as the file's size and times are unchanged. A cache that cannot be read or
    written is ignored: it only makes the next run slower.

    Args:
        file: the cache file; None for no cache.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known = _read(file) if file is not None else {}
        self._seen: dict[str, _Entry] = {}
        self._changed = False

    def known(self, path: str, stamp: Stamp) -> frozenset[str] | None:
        """The names that a file imports, if the file is known to be clean in its current state; else None."""
        entry = self._known.get(path)
        if entry is None or entry[0] != stamp:
            return None
        self._seen[path] = entry
        return frozenset(entry[1].split())

    def add(self, path: str, stamp: Stamp, names: frozenset[str]) -> None:
        """Remember a file that was found clean.

        Args:
            path: its absolute path.
            stamp: its stamp before it was read.
            names: the names that it imports.
        """
        # A file that has just changed may change again within the same tick of the file system's clock.
        if time.time_ns() - max(stamp[1:]) > _SETTLED:
            self._seen[path] = (stamp, " ".join(sorted(names)))
            self._changed = True

    def save(self) -> None:
        """Write the cache for the next run."""
        if self._file is None or not self._changed:
            return
        known = {**self._known, **self._seen}
        with suppress(OSError, UnicodeEncodeError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_content(self._file, msgspec.msgpack.encode(known if len(known) <= MAXIMUM else self._seen))


def clean_files_of(folder: Path, terms: Iterable[str]) -> CleanFiles:
    """The cache of a project, in the user's cache folder.

    Args:
        folder: the project's folder.
        terms: what else a file's verdict depends on, such as the settings.
    """
    return CleanFiles(cache_file("clean-files", [_LOOK, str(folder), *terms]))


def stamp_of(path: str | os.PathLike[str]) -> Stamp:
    """Read a file's stamp.

    Raises:
        OSError: there is no such file.
    """
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _read(file: Path) -> dict[str, _Entry]:
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=dict[str, _Entry])
    except (OSError, msgspec.MsgspecError):
        return {}

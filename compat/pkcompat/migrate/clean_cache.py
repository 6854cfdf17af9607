"""Remembering which files are Python without a party, so that the next run need not read them."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from pkcompat.project import write_content

MAXIMUM = 200_000
"""How many files are remembered; those that a run did not come by go first."""

_SETTLED = 2_000_000_000
"""Nanoseconds since its last change after which a file's times tell a further change for certain."""

Stamp = tuple[int, int, int]
"""A file's size in bytes, and its times of modification and of change in nanoseconds."""

_Entry = tuple[Stamp, str]


_LOOK = "2"
"""Counts the ways of looking at files; what was found in another way does not count."""


class CleanFiles:
    """The files of one project that were found to be Python without a party.

    A file counts as long as its size and times stay what they were. What cannot be read or kept is passed
    over: it only makes the next run slower.
    """

    def __init__(self, file: Path | None) -> None:
        """Read what earlier runs remembered.

        Args:
            file: where it is kept; nothing is without one.
        """
        self._file = file
        self._known = _read(file) if file is not None else {}
        self._seen: dict[str, _Entry] = {}
        self._changed = False

    def known(self, path: str, stamp: Stamp) -> frozenset[str] | None:
        """What the imports of a file name, if it is known to be clean as it stands; None if it is not."""
        entry = self._known.get(path)
        if entry is None or entry[0] != stamp:
            return None
        self._seen[path] = entry
        return frozenset(entry[1].split())

    def add(self, path: str, stamp: Stamp, names: frozenset[str]) -> None:
        """Remember a file that was found clean.

        Args:
            path: its absolute path.
            stamp: what it had before it was read.
            names: what it imports.
        """
        if time.time_ns() - max(stamp[1:]) > _SETTLED:
            self._seen[path] = (stamp, " ".join(sorted(names)))
            self._changed = True

    def save(self) -> None:
        """Keep what is known for the next run."""
        if self._file is None or not self._changed:
            return
        known = {**self._known, **self._seen}
        with suppress(OSError, UnicodeEncodeError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_content(self._file, msgspec.msgpack.encode(known if len(known) <= MAXIMUM else self._seen))


def clean_files_of(folder: Path, terms: Iterable[str]) -> CleanFiles:
    """What is remembered of a project, in the user's cache folder.

    Args:
        folder: the project's folder.
        terms: what else the answer depends on, such as the settings.
    """
    from importlib.metadata import version

    from platformdirs import user_cache_path

    key = "\n".join([version("pkcompat"), _LOOK, sys.version, str(folder), *terms])
    name = hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()[:16]
    return CleanFiles(user_cache_path("pkcompat", appauthor=False) / f"clean-files-{name}.msgpack")


def stamp_of(path: str | os.PathLike[str]) -> Stamp:
    """A file's stamp.

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

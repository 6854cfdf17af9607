"""Replacing a file's content atomically."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pkcompat.errors import PkcompatError
from pkcompat.project.source_files import read_source

LEFTOVER = ".pkcompat-migrate-"
"""What the names of temporary files for sources begin with; after `kill -9` they may stay behind."""

_DOCUMENT = ".pkcompat-write-"
_SUFFIX = ".tmp"


class FileChangedError(PkcompatError):
    """A file has changed since it was read; it was not written."""


class StagedContent:
    """New content for a file, which is ready on the disk beside it; `commit` only has to rename it.

    Until then the file is as it was; after an interruption it has either its old or its new content. The
    mode, the extended attributes (access control lists among them) and, if permitted, the owner are kept. For
    a symbolic link the file that it points to is replaced. If a file has several names (hard links), the
    others keep the old content.

    Args:
        path: the file.
        before: its content when it was read.
        after: its new content. A file that has it already is left alone.

    Raises:
        FileChangedError: its content is not `before` any more.
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, before: bytes, after: bytes) -> None:
        self._path = path
        self._real = Path(os.path.realpath(path))
        self._before = before
        self._temporary: str | None = None
        self.changes = self._current() != after
        if not self.changes:
            return
        self._check_unchanged()
        if not os.access(self._real, os.W_OK):  # a rename would get around it
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        temporary = _temporary_beside(self._real, after, LEFTOVER)
        try:
            _take_over_attributes(self._real, temporary)
        except BaseException:
            _unlink(temporary)
            raise
        self._temporary = temporary

    def commit(self) -> None:
        """Give the file its new content.

        Raises:
            FileChangedError: its content is not `before` any more.
            OSError: it cannot be written.
        """
        if self._temporary is None:
            return
        try:
            self._check_unchanged()
            os.replace(self._temporary, self._real)
        except BaseException:
            self.discard()
            raise
        self._temporary = None

    def discard(self) -> None:
        """Remove what was not committed."""
        if self._temporary is not None:
            _unlink(self._temporary)
            self._temporary = None

    def _current(self) -> bytes:
        return read_source(self._real)

    def _check_unchanged(self) -> None:
        if self._current() != self._before:
            raise FileChangedError(f"{self._path}: changed while it was being migrated; not written")


def replace_content(path: Path, before: bytes, after: bytes) -> None:
    """Replace a file's content atomically; see `StagedContent`.

    Args:
        path: the file.
        before: its content when it was read.
        after: its new content.

    Raises:
        FileChangedError: its content is not `before` any more.
        OSError: it cannot be written.
    """
    StagedContent(path, before, after).commit()


def remove_leftovers(folder: str) -> None:
    """Remove temporary files that a killed run left behind; the folder must be locked."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(LEFTOVER) and entry.name.endswith(_SUFFIX):
                _unlink(entry.path)


def write_content(path: Path, content: bytes) -> None:
    """Create or replace a file; readers see either the old or the new content.

    Raises:
        OSError: it cannot be written.
    """
    with _open_beside(path, _DOCUMENT) as (file, temporary):
        file.write(content)
        _flush(file)
        os.replace(temporary, path)


def write_document(path: Path, content: bytes) -> None:
    """Create or replace a file that the user asked for; see `open_document`.

    Raises:
        OSError: it cannot be written.
    """
    with open_document(path) as file:
        file.write(content)


@contextlib.contextmanager
def open_document(path: Path) -> Iterator[BinaryIO]:
    """Write a file that the user asked for, piece by piece; readers see either the old or the new content,
    and after an exception the old one.

    A new file gets the default mode; an existing one keeps its own. For a symbolic link the file that it
    points to is written. Other things than regular files, such as `/dev/stdout`, are written to directly.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    real = Path(os.path.realpath(path))
    with _open_beside(real, _DOCUMENT) as (file, temporary):
        yield file
        _flush(file)
        os.chmod(temporary, real.stat().st_mode & 0o7777 if real.exists() else 0o666 & ~_umask())
        os.replace(temporary, real)


def _umask() -> int:
    mask = os.umask(0o077)  # there is no way to read it without setting it
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _open_beside(path: Path, prefix: str) -> Iterator[tuple[BinaryIO, str]]:
    """A temporary file in the same folder, open, and its name; it is deleted after an exception."""
    # the file's own name is not part of this one, which might become too long
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=_SUFFIX)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, temporary
    except BaseException:
        _unlink(temporary)
        raise


def _temporary_beside(path: Path, content: bytes, prefix: str) -> str:
    with _open_beside(path, prefix) as (file, temporary):
        file.write(content)
        _flush(file)
    return temporary


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _take_over_attributes(source: Path, target: str) -> None:
    """Give a file the owner, the mode and the extended attributes of another, as far as permitted."""
    status = source.stat()
    mode = status.st_mode & 0o7777
    os.chmod(target, mode)
    with contextlib.suppress(OSError, AttributeError):
        os.chown(target, status.st_uid, status.st_gid)
        os.chmod(target, mode)  # again: chown clears the set-user-ID bits
    with contextlib.suppress(OSError, AttributeError):
        for name in os.listxattr(source):
            with contextlib.suppress(OSError):
                os.setxattr(target, name, os.getxattr(source, name))


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)

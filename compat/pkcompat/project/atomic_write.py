"""Replacing a file's content at once, or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pkcompat.errors import PkcompatError


class FileChangedError(PkcompatError):
    """A file is not as it was when it was read; it was not written."""


def replace_content(path: Path, before: bytes, after: bytes) -> None:
    """Replace a file's content; an interruption leaves the file whole, old or new.

    The mode and, where that is allowed, the owner stay. Of a symbolic link the file that it points to is
    replaced.

    Args:
        path: the file.
        before: what it held when it was read.
        after: what it shall hold.

    Raises:
        FileChangedError: it holds something else by now.
        OSError: it cannot be written.
    """
    real = Path(os.path.realpath(path))
    status = real.stat()
    with _beside(real, after) as temporary:
        os.chmod(temporary, status.st_mode & 0o7777)
        with contextlib.suppress(OSError, AttributeError):
            os.chown(temporary, status.st_uid, status.st_gid)
            os.chmod(temporary, status.st_mode & 0o7777)
        if real.read_bytes() != before:
            raise FileChangedError(f"{path}: changed while it was being migrated; not written")
        os.replace(temporary, real)


def write_content(path: Path, content: bytes) -> None:
    """Write a file, new or not; a reader finds the old content or the new.

    Raises:
        OSError: it cannot be written.
    """
    with _beside(path, content) as temporary:
        os.replace(temporary, path)


def write_document(path: Path, content: bytes) -> None:
    """Write a file that a user asked for, new or not; a reader finds the old content or the new.

    A new one gets the mode that other programs would give it; one that is there keeps its own. Of a symbolic
    link the file that it points to is written. What is no file, such as a pipe or `/dev/stdout`, is written
    to as it is.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    real = Path(os.path.realpath(path))
    with _beside(real, content) as temporary:
        os.chmod(temporary, real.stat().st_mode & 0o7777 if real.exists() else 0o666 & ~_umask())
        os.replace(temporary, real)


def _umask() -> int:
    mask = os.umask(0o077)  # it cannot be read without being set
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _beside(path: Path, content: bytes) -> Iterator[str]:
    """A temporary file with the content, in the same folder; it is gone after an exception."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise

"""Replacing a file's content atomically."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pkcompat.errors import PkcompatError


class FileChangedError(PkcompatError):
    """A file has changed since it was read; it was not written."""


def replace_content(path: Path, before: bytes, after: bytes) -> None:
    """Replace a file's content; after an interruption the file has either its old or its new content.

    The mode and, if permitted, the owner are kept. For a symbolic link the file that it points to is
    replaced.

    Args:
        path: the file.
        before: its content when it was read.
        after: its new content.

    Raises:
        FileChangedError: its content is not `before` any more.
        OSError: it cannot be written.
    """
    real = Path(os.path.realpath(path))
    status = real.stat()
    with _beside(real, after) as temporary:
        os.chmod(temporary, status.st_mode & 0o7777)
        with contextlib.suppress(OSError, AttributeError):
            os.chown(temporary, status.st_uid, status.st_gid)
            os.chmod(temporary, status.st_mode & 0o7777)  # again: chown clears the set-user-ID bits
        if real.read_bytes() != before:
            raise FileChangedError(f"{path}: changed while it was being migrated; not written")
        os.replace(temporary, real)


def write_content(path: Path, content: bytes) -> None:
    """Create or replace a file; readers see either the old or the new content.

    Raises:
        OSError: it cannot be written.
    """
    with _beside(path, content) as temporary:
        os.replace(temporary, path)


def write_document(path: Path, content: bytes) -> None:
    """Create or replace a file that the user asked for; readers see either the old or the new content.

    A new file gets the default mode; an existing one keeps its own. For a symbolic link the file that it
    points to is written. Other things than regular files, such as `/dev/stdout`, are written to directly.

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
    mask = os.umask(0o077)  # there is no way to read it without setting it
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _beside(path: Path, content: bytes) -> Iterator[str]:
    """A temporary file with the content in the same folder; it is deleted after an exception."""
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

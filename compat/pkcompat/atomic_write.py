"""Replacing a file's content at once, or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
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
    descriptor, temporary = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, status.st_mode & 0o7777)
        with contextlib.suppress(OSError, AttributeError):
            os.chown(temporary, status.st_uid, status.st_gid)
            os.chmod(temporary, status.st_mode & 0o7777)
        if real.read_bytes() != before:
            raise FileChangedError(f"{path}: changed while it was being migrated; not written")
        os.replace(temporary, real)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise

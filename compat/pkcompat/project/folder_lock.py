"""Locks on folders, so that two runs do not write into them at the same time."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterable, Iterator

_PATIENCE = 10.0  # seconds; others hold a lock only while they rename files
_PAUSE = 0.02  # seconds


@contextlib.contextmanager
def locked(folders: Iterable[str], patience: float = _PATIENCE) -> Iterator[None]:
    """Hold the locks of folders; they end with the process, and leave no file behind.

    Where folders cannot be locked (Windows, some network file systems) nothing is done.

    Args:
        folders: their real paths.
        patience: seconds to wait for another run that holds one.

    Raises:
        OSError: another run has kept a folder locked for longer (`EBUSY`).
    """
    with contextlib.ExitStack() as stack:
        for folder in sorted(set(folders)):  # in one order, so that no two runs wait for each other
            descriptor = _locked(folder, patience)
            if descriptor is not None:
                stack.callback(_close, descriptor)
        yield


def _locked(folder: str, patience: float) -> int | None:
    try:
        import fcntl
    except ImportError:
        return None
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                _close(descriptor)
                return None
            if time.monotonic() >= end:
                _close(descriptor)
                raise OSError(errno.EBUSY, "another run is writing into the same folder", folder) from None
        time.sleep(_PAUSE)


def _close(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        os.close(descriptor)

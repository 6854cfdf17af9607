"""The standard streams of a command."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pkcompat.command.exit_status import WRONG_USE

_CANNOT_BE_WRITTEN = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE}
_READER_GONE = 1  # Typer's status when the reader closes the pipe, as `head` does


def show_any_character() -> None:
    """Replace characters that the terminal's encoding lacks, so that no output fails."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def open_closed_streams() -> None:
    """Let a command run with closed standard output or error (`>&-`); what it prints there is lost."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open until exit


@contextmanager
def report_output_errors() -> Iterator[None]:
    """Report that standard output cannot be written, as on a full disk, instead of showing a traceback.

    Raises:
        SystemExit: it could not be written.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in _CANNOT_BE_WRITTEN:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # else Python's flush at exit would fail again
        if error.errno == errno.EPIPE:
            raise SystemExit(_READER_GONE) from None
        print(f"error: standard output cannot be written: {error.strerror}", file=sys.stderr)
        raise SystemExit(WRONG_USE) from None

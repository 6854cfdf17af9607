"""Tracebacks for people: the frames of their own code alone."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from types import TracebackType

_OWN = tuple(str(Path(__file__).resolve().parents[number]) for number in (0,))
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def user_traceback(error: BaseException) -> str:
    """The traceback of an exception without the frames of Python's own library, of installed packages and of
    `pkcompat`; its causes are shown in the same way."""
    told = traceback.TracebackException.from_exception(error)
    _shorten(told)
    return "".join(told.format()).rstrip("\n")


def user_frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    """The frames of a traceback that are the user's own."""
    return [frame for frame in traceback.extract_tb(trace) if is_user_file(frame.filename)]


def is_user_file(filename: str) -> bool:
    """Whether code in a file is the user's own."""
    if filename.startswith("<"):
        return False
    return not filename.startswith(_OWN) and not filename.startswith(_INSTALLED)


def _shorten(told: traceback.TracebackException) -> None:
    told.stack = traceback.StackSummary.from_list(
        [frame for frame in told.stack if is_user_file(frame.filename)]
    )
    for other in (told.__cause__, told.__context__, *(told.exceptions or ())):
        if other is not None:
            _shorten(other)

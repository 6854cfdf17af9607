"""Tracebacks that show only the frames of the user's own code."""

from __future__ import annotations

import importlib.util
import os
import sysconfig
import traceback
from functools import cache
from pathlib import Path

_PACKAGES = ("pkcompat", "partykit", "partyserver", "pkcodemods")
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def user_traceback(error: BaseException) -> str:
    """Format an exception and its causes, with the frames of the user's own code only.

    Frames of the standard library, of installed packages and of this project's packages are left out.
    """
    formatted = traceback.TracebackException.from_exception(error)
    _shorten(formatted)
    return "".join(formatted.format()).rstrip("\n")


def is_user_file(filename: str) -> bool:
    """Whether code in a file is the user's own."""
    if filename.startswith("<"):
        return False
    return not filename.startswith(_own_folders()) and not filename.startswith(_INSTALLED)


@cache
def _own_folders() -> tuple[str, ...]:
    """The folders of this project's packages, wherever an editable install has them."""
    specs = [importlib.util.find_spec(name) for name in _PACKAGES]
    return tuple(
        str(Path(folder).resolve()) + os.sep
        for spec in specs
        if spec is not None
        for folder in spec.submodule_search_locations or ()
    )


def _shorten(formatted: traceback.TracebackException) -> None:
    formatted.stack = traceback.StackSummary.from_list(
        [frame for frame in formatted.stack if is_user_file(frame.filename)]
    )
    for other in (formatted.__cause__, formatted.__context__, *(formatted.exceptions or ())):
        if other is not None:
            _shorten(other)

"""Which handler a stack of frames runs, and at which line of the user's code: for the log.

Nothing is noted down while handlers run. The functions of this package that call them are registered once,
and their frames, which the interpreter has anyway, hold the party, the room and the event.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, TypeVar

Locals = Mapping[str, Any]
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler that runs.

    Attributes:
        name: its name, such as `on_message`.
        party: the party's name on its host; None for what is known by the frames around it.
        room: the room's id, percent-encoded; None for a static hook.
    """

    name: str
    party: str | None = None
    room: str | None = None

    def __str__(self) -> str:
        if self.party is None:
            return self.name
        return f"{self.name} of {self.party}" + ("" if self.room is None else f"/{self.room}")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of source that runs or waits.

    Attributes:
        file: the path of the file.
        line: the line's number.
        function: the function, with the names of what is around it.
    """

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} ({self.function})"


_describers: dict[CodeType, Callable[[Locals], Handler]] = {}


def runs_handler(describe: Callable[[Locals], Handler]) -> Callable[[Function], Function]:
    """Register a function that calls a handler, or awaits it.

    Args:
        describe: returns the handler that it runs, from its local variables.
    """

    def register(function: Function) -> Function:
        _describers[function.__code__] = describe
        return function

    return register


def is_handlers_code(code: CodeType) -> bool:
    """Whether a frame with this code runs a handler."""
    return code in _describers


def handler_of(frames: Iterable[FrameType]) -> Handler | None:
    """The handler that a stack runs, if it runs one.

    Args:
        frames: the innermost first.
    """
    inner: Handler | None = None
    for frame in frames:
        describe = _describers.get(frame.f_code)
        if describe is None:
            continue
        found = describe(frame.f_locals)
        if inner is not None:  # a listener: the frame around it knows the room
            found = Handler(inner.name, found.party, found.room)
        if found.party is not None:
            return found
        inner = found
    return inner


def stack_of(innermost: FrameType) -> list[FrameType]:
    """A frame and those that called it, the innermost first."""
    frames = []
    frame: FrameType | None = innermost
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


_LIBRARY = tuple(f"{Path(sysconfig.get_path(name))}/" for name in ("stdlib", "platstdlib"))
_PACKAGES = ("partyserver", "pkcompat", "partykit")


def place_in(frames: Iterable[FrameType], *, installed: bool = True) -> Place | None:
    """Where the user's code is in a stack.

    Args:
        frames: the innermost first.
        installed: whether to return a place in an installed package, where a party may be, if there is no
            other.

    Returns:
        The place of the innermost frame that belongs neither to the standard library, nor to an installed
        package, nor to us.
    """
    fallback: FrameType | None = None
    for frame in frames:
        if _is_ours(frame):
            continue
        file = frame.f_code.co_filename
        if "/site-packages/" in file or "/dist-packages/" in file:
            fallback = fallback or frame
        elif not file.startswith((*_LIBRARY, "<frozen ")):
            return _place(frame)
    return _place(fallback) if fallback is not None and installed else None


def _is_ours(frame: FrameType) -> bool:
    module = frame.f_globals.get("__name__")
    return isinstance(module, str) and module.partition(".")[0] in _PACKAGES


def _place(frame: FrameType) -> Place:
    return Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname)

"""Which lines of the user's modules run: `sys.monitoring` where Python has it, `sys.settrace` else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FrameType
from typing import Any, Protocol

Line = tuple[str, int]
"""A file's path, and the number of a line in it."""

_FUNCTION = 0x2  # CO_NEWLOCALS: of functions, not of modules; class bodies lack CO_OPTIMIZED
_OPTIMIZED = 0x1
_TOOL = 4  # one of those that Python leaves to whoever asks first
_MONITORED = sys.version_info >= (3, 12)


class LineCoverage(Protocol):
    """Takes down which lines run."""

    def start(self) -> None:
        """Begin to take lines down."""

    def stop(self) -> frozenset[Line]:
        """End, and give the lines that ran since the start."""

    def prepared(self, code: CodeType) -> CodeType:
        """The code of a module as it is to run, so that its lines are taken down."""


def line_coverage(is_of_interest: Callable[[str], bool]) -> LineCoverage:
    """The fastest way to take lines down that this Python has.

    Args:
        is_of_interest: whether the lines of the file with this path are wanted.
    """
    if _MONITORED:
        return MonitoredLines(is_of_interest)
    return TracedLines(is_of_interest)


def import_coverage(is_of_interest: Callable[[str], bool]) -> LineCoverage:
    """The fastest way to take down lines of modules that are imported from `start` on.

    Args:
        is_of_interest: whether the lines of the file with this path are wanted.
    """
    if _MONITORED:
        return MonitoredLines(is_of_interest)
    from pkcompat.forms.line_probes import ProbedLines  # what it needs is installed for this Python alone

    return ProbedLines(is_of_interest)


class TracedLines:
    """Lines by `sys.settrace`; slows every call of the process down."""

    def __init__(self, is_of_interest: Callable[[str], bool]) -> None:
        self._wanted = _Remembered(is_of_interest)
        self._lines: set[Line] = set()

    def start(self) -> None:
        self._lines = set()
        threading.settrace(self._called)
        sys.settrace(self._called)

    def stop(self) -> frozenset[Line]:
        sys.settrace(None)
        threading.settrace(None)
        return frozenset(self._lines)

    def prepared(self, code: CodeType) -> CodeType:
        return code

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._traced if self._wanted[frame.f_code.co_filename] else None

    def _traced(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._traced


class MonitoredLines:
    """Lines by `sys.monitoring` (Python 3.12); each line costs once."""

    def __init__(self, is_of_interest: Callable[[str], bool]) -> None:
        self._wanted = _Remembered(is_of_interest)
        self._lines: set[Line] = set()
        self._monitoring: Any = getattr(sys, "monitoring")  # noqa: B009 - the checked Python may lack it

    def start(self) -> None:
        self._lines = set()
        line = self._monitoring.events.LINE
        self._monitoring.use_tool_id(_TOOL, "pkcompat")
        self._monitoring.register_callback(_TOOL, line, self._ran)
        self._monitoring.set_events(_TOOL, line)
        self._monitoring.restart_events()  # lines that ran before, in code that is kept, count again

    def stop(self) -> frozenset[Line]:
        self._monitoring.set_events(_TOOL, 0)
        self._monitoring.free_tool_id(_TOOL)
        return frozenset(self._lines)

    def prepared(self, code: CodeType) -> CodeType:
        return code

    def _ran(self, code: CodeType, line: int) -> Any:
        if self._wanted[code.co_filename]:
            self._lines.add((code.co_filename, line))
        return self._monitoring.DISABLE


class _Remembered(dict[str, bool]):
    def __init__(self, decide: Callable[[str], bool]) -> None:
        super().__init__()
        self._decide = decide

    def __missing__(self, path: str) -> bool:
        wanted = self[path] = self._decide(path)
        return wanted


def function_lines(source: str | bytes, path: str) -> frozenset[Line]:
    """The lines of a module that run when its functions are called, not when it is imported.

    Args:
        source: the module's code.
        path: its file's path.
    """
    return frozenset(line for code in function_codes(source, path) for line in own_lines(code))


def function_codes(source: str | bytes, path: str) -> Iterator[CodeType]:
    """The code of each function of a module.

    Args:
        source: the module's code.
        path: its file's path.
    """
    return _functions_in(compile(source, path, "exec", dont_inherit=True))


def _functions_in(code: CodeType) -> Iterator[CodeType]:
    flags = code.co_flags
    if flags & _FUNCTION and flags & _OPTIMIZED:
        yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _functions_in(constant)


def own_lines(code: CodeType) -> frozenset[Line]:
    """The lines of a function, without those of functions in it."""
    lines = {line for _, _, line in code.co_lines() if line is not None}
    return frozenset((code.co_filename, line) for line in lines - {code.co_firstlineno} or lines)


def tell_lines(lines: Iterable[int]) -> str:
    """Numbers of lines for people, such as `3, 7-9`."""
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)

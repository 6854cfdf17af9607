"""Recording which lines of the user's modules run: by `sys.monitoring`, or `sys.settrace` before Python 3.12.

Home-made, though coverage.py exists: it is made for a program's whole run, while these lines are read after
each of hundreds of short runs in one process.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FrameType
from typing import Any, Protocol

Line = tuple[str, int]
"""A file's path, and a line number in it."""

# Flags of code objects: functions have both, class bodies and modules lack at least one.
_FUNCTION = 0x2  # CO_NEWLOCALS
_OPTIMIZED = 0x1  # CO_OPTIMIZED
_TOOL = 4  # a tool id that sys.monitoring reserves for no kind of tool
_MONITORED = sys.version_info >= (3, 12)


class LineCoverage(Protocol):
    """Records which lines run."""

    def start(self) -> None:
        """Start recording."""

    def stop(self) -> frozenset[Line]:
        """Stop recording, and return the lines that ran since the start."""

    def prepared(self, code: CodeType) -> CodeType:
        """A module's code in the form whose lines are recorded."""


def line_coverage(is_of_interest: Callable[[str], bool]) -> LineCoverage:
    """The fastest way of this Python to record lines.

    Args:
        is_of_interest: whether the lines of the file with this path are wanted.
    """
    if _MONITORED:
        return MonitoredLines(is_of_interest)
    return TracedLines(is_of_interest)


def import_coverage(is_of_interest: Callable[[str], bool]) -> LineCoverage:
    """The fastest way of this Python to record lines of modules that are imported after `start`.

    Args:
        is_of_interest: whether the lines of the file with this path are wanted.
    """
    if _MONITORED:
        return MonitoredLines(is_of_interest)
    from pkcompat.forms.line_probes import ProbedLines  # needs `bytecode`, which is installed for 3.11 only

    return ProbedLines(is_of_interest)


class TracedLines:
    """Line coverage by `sys.settrace`; slows down every call in the process."""

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
    """Line coverage by `sys.monitoring` (Python 3.12); each line costs time only once."""

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
        self._monitoring.restart_events()  # undo DISABLE for lines that ran before, in code that is kept

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
    """The lines of a module that run when its functions are called, not on import.

    Args:
        source: the module's source.
        path: its file's path.
    """
    return frozenset(line for code in function_codes(source, path) for line in own_lines(code))


def function_codes(source: str | bytes, path: str) -> Iterator[CodeType]:
    """The code object of each function of a module.

    Args:
        source: the module's source.
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
    """The lines of a function, without those of nested functions."""
    lines = {line for _, _, line in code.co_lines() if line is not None}
    return frozenset((code.co_filename, line) for line in lines - {code.co_firstlineno} or lines)


def tell_lines(lines: Iterable[int]) -> str:
    """Line numbers as text, such as `3, 7-9`."""
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)

"""Lines that ran, by the fastest means this Python has."""

from __future__ import annotations

import sys

import pytest

from pkcompat.forms.line_coverage import (
    LineCoverage,
    MonitoredLines,
    TracedLines,
    function_lines,
    line_coverage,
    tell_lines,
)

SOURCE = """\
import sys
def f(x):
    '''Says nothing.'''
    if x:
        return 1
    return [
        y
        for y in (1, 2)
    ]
class C:
    z = 1
    async def g(self):
        await self.g()
h = lambda: 5
"""

WAYS: list[object] = [TracedLines]
if sys.version_info >= (3, 12):
    WAYS.append(MonitoredLines)


@pytest.mark.parametrize("way", WAYS)
def test_lines_that_run_between_start_and_stop(way: type[TracedLines]) -> None:
    coverage: LineCoverage = way(lambda path: path == "party.py")
    for argument, wanted in ((1, {4, 5}), (0, {4, 6, 7, 8})):
        names: dict[str, object] = {}
        exec(compile(SOURCE, "party.py", "exec"), names)
        coverage.start()
        names["f"](argument)  # type: ignore[operator]
        lines = coverage.stop()
        assert {path for path, _ in lines} == {"party.py"}
        assert wanted <= {line for _, line in lines} <= wanted | {2}
        names["f"](argument)  # type: ignore[operator]
    assert sys.gettrace() is None


def test_the_fastest_way_of_this_python() -> None:
    assert isinstance(
        line_coverage(lambda path: True), MonitoredLines if sys.version_info >= (3, 12) else TracedLines
    )


def test_the_lines_of_functions_are_not_those_of_the_module() -> None:
    lines = {line for _, line in function_lines(SOURCE, "party.py")}
    assert {4, 5, 7, 8, 13, 14} <= lines
    assert not lines & {1, 2, 3, 10, 11, 12}


def test_lines_are_told_in_spans() -> None:
    assert tell_lines([9, 3, 8, 7]) == "3, 7-9"
    assert tell_lines([]) == ""

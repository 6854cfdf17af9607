"""Syntax errors of a source, with line and column."""

import pytest

from pkcompat.migrate.problem import Problem
from pkcompat.migrate.syntax_check import syntax_problem


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x = 1\r\n",
        b"\xef\xbb\xbfx = '\xc3\xa9'\n",
        b"# coding: latin-1\nx = '\xe9'\n",
        b"x = '\\d'\n",  # a warning when it is compiled
        b"[" * 150 + b"]" * 150,
    ],
)
def test_python(data: bytes) -> None:
    assert syntax_problem(data) is None


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"x = 1\ndef f(:\n", Problem("invalid syntax", 2, 7)),
        (b"x = 1\n# \xe9\n", Problem("not utf-8: byte 0xe9", 2, 1)),
        (b"# coding: klingon\n", Problem("unknown encoding: klingon", 1, 1)),
        (b"-" * 100_000 + b"1", Problem("the code is nested too deeply to be read")),
    ],
)
def test_what_is_no_python(data: bytes, problem: Problem) -> None:
    assert syntax_problem(data) == problem

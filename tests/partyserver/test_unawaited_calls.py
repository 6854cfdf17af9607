"""The line of a call that was not awaited."""

from __future__ import annotations

import linecache
from types import CodeType

import pytest

from partyserver.unawaited_calls import line_of_unawaited_call


def code_of(source: str, function: str) -> CodeType:
    """The code of a function in a file of that source."""
    name = f"<test {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    module = compile(source, name, "exec")
    return next(each for each in module.co_consts if isinstance(each, CodeType) and each.co_name == function)


TWO_CALLS = """\
async def f(room, names):
    first = await room.storage.get("a")
    second = names.get("a")
    third = room.storage.get("b")

def g(room):
    return room.storage.get("c")

async def h(store):
    fourth = store.deleteAll()
    fifth = names.get(1), names.get(2)
"""


@pytest.mark.parametrize(
    ("function", "name", "running", "line"),
    [
        ("f", "get", None, 4),  # the one on what is called storage
        ("f", "get", 3, 3),  # what runs is there
        ("h", "delete_all", None, 10),  # the only one, in the other spelling
        ("f", "delete_all", 2, 10),  # the only one, in another function
        ("f", "put", None, 1),  # there is none
        ("f", "put", 3, 3),
    ],
)
def test_the_call_that_is_meant(function: str, name: str, running: int | None, line: int) -> None:
    assert line_of_unawaited_call(code_of(TWO_CALLS, function), name, "storage", running) == line


def test_what_cannot_be_told_apart_is_the_functions_first_line() -> None:
    source = "\nasync def f(a):\n    b = a.get(1)\n    c = a.get(2)\n"
    assert line_of_unawaited_call(code_of(source, "f"), "get", "storage") == 2

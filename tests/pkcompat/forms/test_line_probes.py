"""Probes in bytecode agree with a trace of lines."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pkcompat.forms.line_coverage import TracedLines, import_coverage

if sys.version_info >= (3, 12):
    pytest.skip("Python has sys.monitoring", allow_module_level=True)

from pkcompat.forms.line_probes import ProbedLines, with_probes

SOURCE = '''\
import asyncio
import contextlib

def branches(x):
    """Says something."""
    if x > 1 and (
        x < 10
        or x == 11
    ):
        return "many"
    elif x:
        return "one"
    else:
        return [
            y
            for y in (1, x)
            if y
        ]

def first_constant():
    return "a text that is no docstring"

def loops():
    total = 0
    for number in range(5):
        if number == 3:
            break
        while total < number:
            total += 1
            continue
    else:
        total = -1
    return total

def errors(kind):
    try:
        try:
            raise kind(
                "oh"
            )
        except ValueError as error:
            return str(error)
        finally:
            done = True
    except (
        KeyError,
    ):
        return done

class Counter:
    step = 1

    def __init__(self, start=0):
        self.count = start

    def add(self):
        def inner():
            self.count += self.step
            return self.count
        return inner()

def numbers():
    got = yield 1
    try:
        yield got
    except LookupError:
        yield from (
            7,
            8,
        )
    finally:
        yield 9

@contextlib.asynccontextmanager
async def entered():
    await asyncio.sleep(0)
    try:
        yield 1
    finally:
        await asyncio.sleep(0)

async def waits(kind):
    try:
        async with entered() as one:
            await asyncio.sleep(0)
            if kind:
                await asyncio.wait_for(
                    asyncio.sleep(60),
                    0.001,
                )
            return [x async for x in some()] + [one]
    except TimeoutError:
        return "late"

async def some():
    for x in (1, 2):
        yield x
        await asyncio.sleep(0)

def matches(value):
    match value:
        case {"a": int(a)}:
            return a
        case [
            _,
            *rest,
        ]:
            return rest
        case _:
            return lambda: (
                value,
                1,
            )

def deep(n):
    return 0 if n == 0 else deep(n - 1) + 1
'''


def _use(names: dict[str, Any]) -> Iterator[object]:
    for x in (0, 1, 5, 11, 12):
        yield names["branches"](x)
    yield names["branches"].__doc__, names["first_constant"].__doc__, names["first_constant"]()
    yield names["loops"]()
    yield names["errors"](ValueError), names["errors"](KeyError)
    with pytest.raises(TypeError) as raised:
        names["errors"](TypeError)
    frames = traceback.extract_tb(raised.value.__traceback__)
    yield [(frame.lineno, frame.end_lineno, frame.colno, frame.end_colno) for frame in frames[1:]]
    yield names["Counter"](3).add()
    generator = names["numbers"]()
    yield next(generator), generator.send(4), generator.throw(KeyError()), next(generator), next(generator)
    for kind in (0, 1):
        yield asyncio.run(names["waits"](kind))
    yield names["matches"]({"a": 1}), names["matches"]([1, 2]), names["matches"](3)()
    yield names["deep"](500)
    yield [(name, inspect.getsourcelines(names[name])[1]) for name in ("loops", "waits")]


def _imported(path: Path, coverage: Any) -> tuple[list[object], set[int]]:
    sys.modules.pop(path.stem, None)
    importlib.invalidate_caches()
    coverage.start()
    names = vars(importlib.import_module(path.stem))
    outcome = list(_use(names))
    return outcome, {line for file, line in coverage.stop() if file == str(path)}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "probed_party.py"
    path.write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield path
    sys.modules.pop(path.stem, None)


def test_the_lines_are_those_that_a_trace_shows(module: Path) -> None:
    def is_of_interest(path: str) -> bool:
        return path == str(module)

    plain, traced = _imported(module, TracedLines(is_of_interest))
    probes = ProbedLines(is_of_interest)
    for _ in range(2):
        outcome, lines = _imported(module, probes)
        assert outcome == plain
        assert lines == traced


def test_only_lines_since_the_start_count() -> None:
    probes = ProbedLines(lambda path: path == "party.py")
    names: dict[str, Any] = {}
    exec(probes.prepared(compile(SOURCE, "party.py", "exec")), names)
    assert ("party.py", 1) in probes._lines()
    probes.start()
    names["branches"](1)
    assert probes.stop() == {("party.py", line) for line in (6, 11, 12)}


def test_other_files_stay_as_they_are() -> None:
    code = compile("x = 1", "library.py", "exec")
    assert ProbedLines(lambda path: False).prepared(code) is code


def test_equal_code_of_two_files() -> None:
    probes = ProbedLines(lambda path: True)
    probes.start()
    for path in ("one.py", "two.py"):
        exec(probes.prepared(compile("x = 1", path, "exec")), {})
    assert probes.stop() == {("one.py", 1), ("two.py", 1)}


def test_a_recursion_is_as_deep_as_without_probes() -> None:
    source = "def dive(depth):\n    depth[0] += 1\n    dive(depth)\n"
    depths = []
    for code in (compile(source, "p.py", "exec"), with_probes(compile(source, "p.py", "exec"), {})):
        names: dict[str, Any] = {}
        exec(code, names)
        depth = [0]
        with pytest.raises(RecursionError):
            names["dive"](depth)
        depths.append(depth[0])
    assert depths[0] == depths[1]


def test_what_processes_of_forms_use() -> None:
    assert isinstance(import_coverage(lambda path: True), ProbedLines)

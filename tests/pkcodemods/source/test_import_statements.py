"""Import statements: sorting, wrapping, and where a new one goes."""

import libcst as cst
import pytest

from pkcodemods.source.import_statements import (
    head_of,
    import_statement,
    in_order,
    sorts_behind,
    with_names,
    with_sys,
)


def code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def statement(source: str) -> cst.ImportFrom:
    small = cst.parse_module(source).body[0].body[0]  # type: ignore[index, union-attr]
    assert isinstance(small, cst.ImportFrom)
    return small


def test_names_are_sorted_and_renamed() -> None:
    assert code(import_statement("m", {"B": "B", "A": "X"}, 80)) == "from m import A as X, B"


def test_a_line_that_is_too_long_is_spread() -> None:
    assert code(import_statement("m", {"B": "B", "A": "A"}, 10)) == "from m import (\n    A,\n    B,\n)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from m import B\n", "from m import A, B"),
        ("from m import C, B\n", "from m import C, B, A"),
        ("from m import (B)\n", "from m import (A, B)"),
        ("from m import (\n    B,\n)\n", "from m import (\n    B,\n    A,\n)"),
        ("from m import (\n    B,\n    C\n)\n", "from m import (\n    B,\n    C,\n    A\n)"),
        (
            "from m import (  # all\n    B,  # b\n    C,\n)\n",
            "from m import (  # all\n    B,  # b\n    C,\n    A,\n)",
        ),
        ("from m import (\n    B,\n    C,  # c\n)\n", "from m import (\n    A,\n    B,\n    C,  # c\n)"),
    ],
)
def test_a_statement_that_imports_more_keeps_its_style(before: str, after: str) -> None:
    assert code(with_names(statement(before), {"A": "A"}, 80)) == after


@pytest.mark.parametrize(
    ("source", "head"),
    [
        ("", (0, 0)),
        ("x = 1\n", (0, 0)),
        ('"""Doc."""\nimport a\nx = 1\nimport b\n', (1, 2)),
        ('"""Doc."""\nfrom __future__ import annotations\nimport a\n', (2, 3)),
        ("f()\nimport a\n", (0, 0)),
    ],
)
def test_the_head_of_a_module(source: str, head: tuple[int, int]) -> None:
    assert head_of(cst.parse_module(source).body) == head


@pytest.mark.parametrize(
    ("source", "behind"),
    [
        ("from yarl import URL\n", True),
        ("from . import x\n", True),
        ("from attrs import define\n", False),
        ("from zlib import crc32\n", False),
        ("import yarl\n", False),
    ],
)
def test_what_sorts_behind(source: str, behind: bool) -> None:
    assert sorts_behind(cst.parse_module(source).body[0], "partyserver") is behind


def test_plain_imports_are_put_in_order() -> None:
    a, b = statement("from a import x\n"), statement("from b import x\n")
    assert in_order([b, a]) == [a, b]
    relative = statement("from . import x\n")
    assert in_order([b, relative, a]) == [b, relative, a]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "import sys\n"),
        ("import os\nimport time\n", "import os\nimport sys\nimport time\n"),
        ("import time\n", "import sys\nimport time\n"),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nimport sys\n\nx = 1\n'),
        ("import yaml\n", "import sys\n\nimport yaml\n"),
    ],
)
def test_sys_is_imported_among_the_others(before: str, after: str) -> None:
    for local, line in (("sys", "import sys\n"), ("_sys", "import sys as _sys\n")):
        new = with_sys(cst.parse_module(before), local).code
        assert new.rstrip("\n") == after.replace("import sys\n", line).rstrip("\n")

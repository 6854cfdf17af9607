"""Positions are LibCST's own."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from pkcodemods.source import places as positions_module
from pkcodemods.source.nodes import descendants
from pkcodemods.source.parsing import parse
from pkcodemods.source.places import positions

FIXTURES = Path(__file__).parents[3] / "fixtures"
SOURCES = sorted([*(FIXTURES / "object_form").glob("*.py"), *(FIXTURES / "golden").glob("*/before.py")])
LAYOUT = """# header


import a; import b  # both
# above
@decorator
# between
@other(
    1,
)
async def f(x):
\treturn (
\t\tx
\t)


if a: b
else:
    c = \\
        d
# footer
"""


def of_libcst(tree: cst.Module) -> dict[cst.CSTNode, tuple[int, int]]:
    resolved = MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    return {
        node: (resolved[node].start.line, resolved[node].start.column + 1)
        for statement in tree.body
        for node in descendants(statement)
        if node in resolved
    }


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nodes_of_a_module(path: Path) -> None:
    tree = parse(path.read_text(encoding="utf-8"))
    expected = of_libcst(tree)
    assert positions(tree, tree.code, expected.keys()) == expected


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_layouts(ending: str) -> None:
    source = LAYOUT.replace("\n", ending)
    tree = parse(source)
    expected = of_libcst(tree)
    assert positions(tree, source, expected.keys()) == expected


def test_a_source_that_the_compiler_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = parse("x = 1\n\n\ny = 2\n")
    monkeypatch.setattr(positions_module, "first_lines", lambda tree, source: None)
    assert positions(tree, "x = (", [tree.body[1]]) == {tree.body[1]: (4, 1)}


def test_the_module_and_nodes_of_another() -> None:
    tree = parse("x = 1\n")
    assert positions(tree, "x = 1\n", [tree, cst.Name("x")]) == {tree: (1, 1)}
    assert positions(tree, "x = 1\n", []) == {}

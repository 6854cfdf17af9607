"""Names a module refers to, in code, strings and type comments."""

import libcst as cst
import pytest

from pkcodemods.source.references import referenced_names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a\nfrom b import c\n", set()),
        ("x = a.b\n", {"x", "a"}),
        ("f(k=v)\n", {"f", "v"}),
        ("x: 'A | B'\n", {"x", "A", "B"}),
        ("x = 'A'\n", {"x"}),
        ("x = D['A']\n", {"x", "D", "A"}),
        ("cast('A', x)\n", {"cast", "x", "A"}),
        ("print('A')\n", {"print"}),
    ],
)
def test_what_is_referred_to(source: str, names: set[str]) -> None:
    assert referenced_names(cst.parse_module(source)) == names


@pytest.mark.parametrize(
    ("source", "names"), [("x = 1  # type: A\n", {"x", "A"}), ("x = 1  # a type: A\n", {"x"})]
)
def test_type_comments(source: str, names: set[str]) -> None:
    tree = cst.parse_module(source)
    assert referenced_names(tree, commented=tree) == names


def test_statements_that_do_not_count() -> None:
    tree = cst.parse_module("A = B\nC = D\n")
    first = tree.body[0].body[0]  # type: ignore[index, union-attr]
    assert referenced_names(tree, without=[first]) == {"C", "D"}
    assert referenced_names(tree, commented=cst.parse_module("x = 1  # type: T\n")) == {
        "A",
        "B",
        "C",
        "D",
        "T",
    }

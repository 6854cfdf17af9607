"""The order in which the classes of a program are looked through."""

import libcst as cst
import pytest

from pkcodemods.source.class_chains import foreign_base, lookup_order
from pkcodemods.source.modules import SourceModule
from pkcodemods.source.program import Program

DIAMOND = "class R: ...\nclass A(R): ...\nclass B(R): ...\nclass C(A, B): ...\n"


def order_of(source: str, name: str) -> list[str]:
    program = Program([SourceModule(cst.parse_module(source))])
    node = next(
        node for node in program.nodes() if isinstance(node, cst.ClassDef) and node.name.value == name
    )
    return [each.name.value for each in lookup_order(program, node)]


@pytest.mark.parametrize(
    "source",
    [
        DIAMOND,
        "class A: ...\nclass B(A): ...\nclass C(B): ...\n",
        "class A: ...\nclass B: ...\nclass C(B, A): ...\n",
        DIAMOND.replace("C(A, B)", "D(A, B)") + "class M(B): ...\nclass C(D, M): ...\n",
    ],
)
def test_the_order_is_pythons(source: str) -> None:
    namespace: dict[str, type] = {}
    exec(source, namespace)
    expected = [base.__name__ for base in namespace["C"].__mro__[:-1]]
    assert order_of(source, "C") == expected


def test_a_class_that_inherits_itself_ends() -> None:
    assert order_of("class A(B): ...\nclass B(A): ...\n", "A") == ["A", "B"]


@pytest.mark.parametrize(
    ("bases", "foreign"),
    [
        ("object", False),
        ("Generic[T]", False),
        ("abc.ABC", False),
        ("Own", False),
        ("Missing", True),
        ("*bases", True),
        ("Own, make()", True),
    ],
)
def test_bases_of_other_code_are_known(bases: str, foreign: bool) -> None:
    source = f"import abc\nfrom typing import Generic\nclass Own: ...\nclass Chat({bases}): ...\n"
    program = Program([SourceModule(cst.parse_module(source))])
    chat = [node for node in program.nodes() if isinstance(node, cst.ClassDef)][-1]
    assert (foreign_base(program, chat) is not None) is foreign

"""What modules use of each other."""

import libcst as cst
import pytest

from pkcodemods.parties.uses_elsewhere import OutsideUses, outside_uses
from pkcodemods.source.modules import SourceModule
from pkcodemods.source.program import Program

CHAT = "import os\n\nX = 1\n\n\ndef f(): ...\n\n\ndef g(): ...\n"


def uses_of(**sources: str) -> OutsideUses:
    """The uses of modules, by their names with `__` for a dot."""
    modules = [
        SourceModule(
            cst.parse_module(text),
            name=name.replace("__", ".").removesuffix(".init"),
            is_package=name.endswith("__init"),
        )
        for name, text in sources.items()
    ]
    return outside_uses(Program(modules))


def names(uses: OutsideUses) -> set[str]:
    return {binding.name for binding in uses.pinned}


@pytest.mark.parametrize(
    ("reader", "pinned"),
    [
        ("from chat import f\n", {"f"}),
        ("from chat import f as h, X\n", {"f", "X"}),
        ("import chat\n\nchat.f()\n", {"f"}),
        ("import chat as c\n\nprint(c.X)\n", {"X"}),
        ("import chat\n", set()),
        ("from chat import *\n\nf()\n", {"X", "f", "g"}),
        ("from chat import *\n\nos.getcwd()\n", {"X", "f", "g", "os"}),
        ("import chat\n\nprint(vars(chat))\n", {"X", "f", "g"}),
        ("from elsewhere import f\n", set()),
        ("def inner():\n    from chat import g\n\n    return g\n", {"g"}),
    ],
)
def test_what_another_module_uses_is_pinned(reader: str, pinned: set[str]) -> None:
    assert names(uses_of(chat=CHAT, reader=reader)) == pinned


@pytest.mark.parametrize(
    ("reader", "needs_object"),
    [
        ("from chat import X\n\nprint(X['f'])\n", [True]),
        ("from chat import X\n\nY = X\n", [False]),
        ("from chat import X\n\nY = X\nprint(Y['f'])\n", [True]),
        ("from partyserver import Host\n\nfrom chat import X\n\nHost({'main': X})\n", [False]),
        ("import chat\n\nprint(chat.X['f'])\n", [True]),
        ("from chat import X\n", []),
    ],
)
def test_reads_are_told_apart(reader: str, needs_object: list[bool]) -> None:
    uses = uses_of(chat=CHAT, reader=reader)
    assert [read.needs_object for reads in uses.reads.values() for read in reads] == needs_object


def test_a_name_is_followed_through_those_that_hand_it_on() -> None:
    uses = uses_of(
        app__init="from .chat import X\n",
        app__chat=CHAT,
        reader="from app import X as x\n\nprint(x)\n",
    )
    assert names(uses) == {"X"}
    assert len(uses.pinned) == 2  # the package's too
    (read,) = [read for reads in uses.reads.values() for read in reads]
    assert [store.node.evaluated_name for store in read.imports] == ["X", "X"]  # type: ignore[union-attr]

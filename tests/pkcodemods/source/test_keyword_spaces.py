"""A keyword gets spaces where it touches something, and nothing else changes."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from pkcodemods.source.keyword_spaces import with_keyword_spaces


@pytest.mark.parametrize(
    ("tight", "spaced"),
    [
        ("return(x)", "return (x)"),
        ("x = [1]if(a)else{2}", "x = [1] if (a) else {2}"),
        ("x = a('b')or'c'in(d)", "x = a('b') or 'c' in (d)"),
        ("x = 'a'if not'b'else 0", "x = 'a' if not 'b' else 0"),
        ("[a for(a)in(b)if(a)]", "[a for (a) in (b) if (a)]"),
        ("with(a)as b: pass", "with (a) as b: pass"),
        ("from a import(b)\r\nassert(b)", "from a import (b)\r\nassert (b)"),
        ("x = 1or 2", "x = 1 or 2"),
    ],
)
def test_a_space_is_added(tight: str, spaced: str) -> None:
    assert with_keyword_spaces(tight) == spaced


@pytest.mark.parametrize(
    "source",
    [
        "f(None)[True]",
        "lambda: (yield)",
        "x = -y if z else ~w  # a(b)or c\n",
        "'x(a)or b'",
        "match(x)\ncase[1]",
        "x = (1\n",
        "x = '\\u2028\x0c'\n\x0cy = 1\n",
        "",
        "\ufeff",
    ],
)
def test_nothing_else_is_changed(source: str) -> None:
    assert with_keyword_spaces(source) == source


@pytest.mark.skipif(sys.version_info < (3, 12), reason="an f-string is one token up to Python 3.11")
def test_within_an_f_string() -> None:
    assert with_keyword_spaces("f'{a(b)or(c)}d'if e else 0") == "f'{a(b) or (c)}d' if e else 0"


def test_the_tree_stays_the_same() -> None:
    source = Path(ast.__file__).read_text(encoding="utf-8")
    tight = re.sub(r"(?<=[)\]}'\"]) (?=\w)|(?<=\w) (?=[(\[{'\"])", "", source)
    assert ast.dump(ast.parse(with_keyword_spaces(tight))) == ast.dump(ast.parse(tight))

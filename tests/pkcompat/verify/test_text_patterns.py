"""Regular expressions and f-strings of a module as shapes of messages."""

from __future__ import annotations

import re
from itertools import product

import pytest

from pkcompat.verify.text_patterns import Shape, shapes_matching
from pkcompat.verify.words import read_vocabulary


@pytest.mark.parametrize(
    ("pattern", "shapes"),
    [
        (r"/(\w+)\s*(.*)", [("/", None, " ", None)]),
        (r"^(\d+)d(\d+)$", [("1d1",)]),
        (r"(?P<what>join|leave) (?P<room>[a-z]+)", [("join ", None), ("leave ", None)]),
        (r"\d{4}-\d{2}", [("1111-11",)]),
        (r"@(\w+)!?", [("@", None, "!")]),
        (r"(a|b)(c|d)", [("ac",), ("ad",), ("bc",), ("bd",)]),
        (r"#(?:[0-9]+|none)", [("#1",), ("#none",)]),
        (r"(?i:roll)\b", [("roll",)]),
        (r".*", []),
        (r"", []),
        (r"[", []),
        (r"(((", []),
    ],
)
def test_what_a_pattern_matches(pattern: str, shapes: list[Shape]) -> None:
    assert shapes_matching(pattern) == shapes


HEADS, ENDS = ("/", r"\[", "say:", ""), ("", r"\s*(.*)", r" (\d+)", r"=(yes|no)", "$")
MIDDLES = (r"(\w+)", r"(?P<name>[a-z]+)", r"[A-Za-z_]{2,8}", r"(?:one|two)", r"\d{3}", r"\S+?")


@pytest.mark.parametrize("pattern", ["".join(parts) for parts in product(HEADS, MIDDLES, ENDS)])
def test_texts_of_a_shape_are_matched(pattern: str) -> None:
    for shape in shapes_matching(pattern):
        text = "".join("ab" if part is None else part for part in shape)
        assert re.match(pattern, text), text


def test_a_vocabulary_has_the_patterns_of_its_module() -> None:
    vocabulary = read_vocabulary(
        [r'ROLL = re.compile(r"roll (\d+)")' "\n" r'found = re.match(r"/(\w+)", message)']
    )
    assert vocabulary.patterns == (("roll 1",), ("/", None))


@pytest.mark.parametrize(
    "expression", ['f"do_{kind}"', '"do_" + kind', 'f"do_{kind.lower()}"', 'f"do_{kind!s}"'], ids=str
)
def test_functions_that_are_found_by_a_made_name(expression: str) -> None:
    vocabulary = read_vocabulary(
        [f"def do_who(): ...\nasync def do_kick(): ...\ndef other(): ...\nfound = globals()[{expression}]"]
    )
    assert vocabulary.compared == ("who", "kick")


def test_names_made_with_an_end() -> None:
    source = "def who_command(): ...\nf'{kind}_command'\ndef on_x_do(): ...\nf'on_{kind}_do'"
    assert read_vocabulary([source]).compared == ("who", "x")


def test_what_functions_are_registered_under() -> None:
    assert read_vocabulary(['@command("who")\ndef who(): ...']).compared == ("who",)


def test_handlers_that_are_registered_are_no_words() -> None:
    assert (
        read_vocabulary(['@on("onMessage")\ndef said(): ...\n@route("GET")\ndef get(): ...']).compared == ()
    )

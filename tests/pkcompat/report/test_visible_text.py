"""Differing texts made visible: spelling, marks, cuts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pkcompat.page_checks import check_page

from pkcompat.report.visible_text import Excerpt, excerpt, excerpts, shown, visible
from pkcompat.traffic.steps import Data


def spelt(code: str) -> str:
    return f'<span class="code-point">{code}</span>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain ü 日本 🎈", "plain ü 日本 🎈"),
        ("<script>&", "&lt;script&gt;&amp;"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\x00\x1b[31m", f"a{spelt('U+0000')}{spelt('U+001B')}[31m"),
        ("a\r\nb", f"a{spelt('U+000D')}\nb"),
        ("\u202eabc", f"{spelt('U+202E')}abc"),
        ("a\u200bb\ufeff", f"a{spelt('U+200B')}b{spelt('U+FEFF')}"),
        ("\ud800", spelt("U+D800")),
        ("\u2028", spelt("U+2028")),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("a\u200d", f"a{spelt('U+200D')}"),
    ],
)
def test_what_cannot_be_seen_is_spelt(text: str, html: str) -> None:
    assert visible(text) == html


def test_where_texts_differ_is_marked() -> None:
    assert excerpts(["one two three", "one four three"]) == [
        Excerpt("one ", "two", " three", 0, 0, 13),
        Excerpt("one ", "four", " three", 0, 0, 14),
    ]


def test_what_is_missing_is_marked() -> None:
    assert [part.marked for part in excerpts(["ab", "a"])] == ["b", ""]
    assert "something is missing here" in shown(excerpts(["ab", "a"])[1])


def test_nothing_is_marked_where_all_are_alike() -> None:
    assert [part.marked for part in excerpts(["ab", "ab"])] == [None, None]


def test_a_text_and_bytes_differ_as_a_whole() -> None:
    assert [part.marked for part in excerpts(["ab", b"ab"])] == ["ab", b"ab"]


def test_a_long_text_is_cut_around_what_differs() -> None:
    start, end = "a" * 1_000_000, "z" * 1_000_000
    one, other = excerpts([start + "1" + end, start + "23" + end])
    assert (one.marked, other.marked) == ("1", "23")
    assert one.cut_before == 1_000_000 - 200
    assert one.length == 2_000_001
    html = shown(one)
    assert "1,999,001 characters more, 2,000,001 in all" in html
    assert len(html) < 1_500


def test_what_differs_is_cut_as_well() -> None:
    one, other = excerpts(["a" * 5_000, "b" * 5_000])
    assert one.marked == "a" * 1_000
    assert one.cut_after == other.cut_after == 4_000


datas = st.one_of(
    st.lists(st.text(st.characters(codec=None), max_size=40), min_size=2, max_size=3),
    st.lists(st.binary(max_size=40), min_size=2, max_size=3),
)


@given(datas, st.integers(1, 20))
def test_nothing_is_lost_without_being_told(data: list[Data], longest: int) -> None:
    for text, part in zip(data, excerpts(data, longest), strict=True):
        seen = len(part.before) + len(part.marked or "") + len(part.after)
        assert part.cut_before + seen + part.cut_after == len(text) == part.length
        assert text[part.cut_before : part.cut_before + len(part.before)] == part.before
        check_page(shown(part))


def test_bytes_are_shown_in_hexadecimal_with_their_number() -> None:
    assert shown(excerpt(b"\x00\xff")) == ('<span class="size">2 bytes</span> <code dir="auto">00 ff </code>')
    assert shown(excerpt(b"")) == '<span class="size">0 bytes</span>'


def test_an_empty_text_is_told() -> None:
    assert shown(excerpt("")) == '<span class="size">empty text</span>'


def test_what_is_not_compared_is_shown_so() -> None:
    patterns = [re.compile(r"\d+"), re.compile("2<")]
    assert shown(excerpt("id 12<, x"), patterns) == (
        '<code dir="auto">id <span class="ignored">12&lt;</span>, x</code>'
    )

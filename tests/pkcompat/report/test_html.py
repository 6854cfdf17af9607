"""HTML elements: escaping, attributes, void elements."""

from __future__ import annotations

from markupsafe import Markup

from pkcompat.report.html import element, joined


def test_texts_are_escaped_and_markup_is_not() -> None:
    inner = element("b", "1 < 2 & 3")
    assert inner == "<b>1 &lt; 2 &amp; 3</b>"
    assert element("p", "<b>", inner, None) == "<p>&lt;b&gt;<b>1 &lt; 2 &amp; 3</b></p>"
    assert isinstance(inner, Markup)


def test_attributes() -> None:
    made = element("td", class_="a", aria_label='"<&', data_column="x", open=True, hidden=False, role=None)
    assert made == '<td class="a" aria-label="&#34;&lt;&amp;" data-column="x" open></td>'


def test_elements_without_an_end() -> None:
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'


def test_what_no_file_can_hold_is_replaced() -> None:
    assert element("p", "\ud800", title="\udfff") == '<p title="?">?</p>'


def test_joined() -> None:
    assert joined(["<", None, element("i")], " ") == "&lt; <i></i>"

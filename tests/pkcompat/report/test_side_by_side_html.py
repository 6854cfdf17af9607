"""A comparison's rows as an HTML table."""

from __future__ import annotations

import re

import pytest
from markupsafe import Markup
from tests.pkcompat.page_checks import check_page

from pkcompat.report.aligned_steps import MOST_ROWS, side_by_side
from pkcompat.report.side_by_side_html import Column, columns_html, step_html
from pkcompat.traffic.comparison import EXACT, Rules
from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Raw, Send, Step, Wait
from pkcompat.traffic.transcript import (
    Answer,
    Closed,
    Event,
    Message,
    Opened,
    Refused,
    Result,
    StepRecord,
    Unanswered,
)

COLUMNS = [Column("object form", "old.py"), Column("class form", "<new>.py")]


def made(step: Step, old: StepRecord, new: StepRecord, *, is_settled: bool = True) -> Markup:
    html = step_html(side_by_side(1, step, [old, new], [EXACT, EXACT]), COLUMNS, is_settled=is_settled)
    check_page(html)
    return html


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def results(one: Result, other: Result) -> str:
    return made(Http("GET", "/party/r"), StepRecord(one), StepRecord(other))


def events(one: Event, other: Event) -> str:
    return made(Send("a", "x"), StepRecord(None, {"a": (one,)}), StepRecord(None, {"a": (other,)}))


def test_a_step_that_is_alike() -> None:
    html = events(Message("X"), Message("X"))
    assert text_of(html) == "✓ alike: 1 a sends “x” who object form class form a X X"
    assert 'class="step"' in html
    assert 'id="step-1"' in html


def test_a_difference_is_said_and_marked() -> None:
    html = events(Message("<b>1"), Message("<b>2"))
    assert text_of(html).startswith("✗ differs: 1 a sends")
    assert '<span class="flag">differs</span>' in html
    assert "&lt;b&gt;<mark>1</mark>" in html
    assert "&lt;b&gt;<mark>2</mark>" in html


def test_rows_that_are_the_same_are_told_from_those_that_only_agree() -> None:
    rules = Rules(texts=(re.compile(r"\d"),))
    records = [StepRecord(None, {"a": (Message("same"), Message(f"id {number}"))}) for number in (1, 2)]
    html = step_html(side_by_side(1, Send("a", "x"), records, [rules, rules]), COLUMNS, rules.texts)
    assert html.count('<tr role="row" class="same">') == 1
    assert html.count('<tr role="row">') == 2  # the names of the columns, and what only agrees


def test_what_is_under_way_is_not_marked_yet() -> None:
    html = made(Send("a", "x"), StepRecord(None, {"a": (Message("1"),)}), StepRecord(), is_settled=False)
    assert text_of(html).startswith("… under way: 1")
    assert "differs" not in html
    assert "<mark" not in html


def test_what_only_one_form_sends() -> None:
    html = made(Send("a", "x"), StepRecord(None, {"b": (Message("1"),)}), StepRecord())
    assert '<span class="absent">nothing</span>' in html


def test_a_step_without_any_event() -> None:
    assert "no client receives anything" in made(Drop("a"), StepRecord(), StepRecord())


def test_tables_keep_their_roles_when_they_are_shown_as_blocks() -> None:
    html = events(Message("1"), Message("1"))
    for role in ("table", "rowgroup", "row", "columnheader", "rowheader", "cell"):
        assert f'role="{role}"' in html
    assert 'data-column="class form"' in html


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (Opened(), Opened(), "answer open open"),
        (Opened(), Refused(404, b"no"), "answer differs open refused with 404 no"),
        (Unanswered("why"), Unanswered("why"), "answer why why"),
        (
            Answer(200, (("x", "<1>"),), b""),
            Answer(201, (("x", "<1>"),), b"\xff"),
            "answer differs 200 no body x: &lt;1&gt; 201 1 byte ff x: &lt;1&gt;",
        ),
    ],
)
def test_results(one: Result, other: Result, told: str) -> None:
    assert text_of(results(one, other)).endswith(told)


def test_what_differs_in_an_answer_is_marked() -> None:
    one, other = (Answer(status, (("x", f"{status}"), ("y", "1")), b"same") for status in (200, 201))
    html = results(one, other)
    assert html.count("<mark>") == 4
    assert "<mark>x: 201</mark>" in html
    assert '<code dir="auto">same</code>' in html


def test_closes() -> None:
    html = events(Closed(1000, "bye"), Closed(1001, "bye"))
    assert "closed with <mark>1001</mark>" in html
    assert text_of(html).endswith("closed with 1000 bye closed with 1001 bye")


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Connect("<a>", "/party/r", (("x", "1"),)), "1 &lt;a&gt; connects to /party/r (x: 1)"),
        (Send("a", b"\x01\x02"), "2 bytes 01 02"),
        (Send("a", "y" * 2_000), "1,700 characters more, 2,000 in all"),
        (Burst((("a", "1"), ("b", b"\x01"))), "a, b send 2 messages at once a: 1 b: 1 byte 01"),
        (Burst((("a", "1"),) * 60), "… 10 more"),
        (Http("POST", "/party/r", (), b"z" * 100), "z" * 100),
        (Raw("a", b"\xff\xff"), "2 bytes ff ff"),
        (Close("a", 4000, "bye"), "a closes with 4000 bye"),
        (Wait(1.5), "1.5 s pass"),
        (Send("a", "\u202e"), "U+202E"),
    ],
)
def test_what_was_sent(step: Step, told: str) -> None:
    assert told in text_of(made(step, StepRecord(), StepRecord()))


def test_rows_that_are_left_out_are_told() -> None:
    many = tuple(Message(str(number)) for number in range(MOST_ROWS + 7))
    html = made(Send("a", "x"), StepRecord(None, {"a": many}), StepRecord())
    assert "7 more are not shown; 7 of them differ" in html


def test_a_huge_message_makes_a_small_page() -> None:
    huge = "x" * 3_000_000
    assert len(events(Message(huge), Message(huge + "y"))) < 6_000


def test_the_names_above_the_columns() -> None:
    html = columns_html(COLUMNS)
    check_page(html)
    assert text_of(html) == "object form old.py class form &lt;new&gt;.py"

"""Steps side by side as HTML, for the report and for the page of `pkcompat watch`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from markupsafe import Markup

from pkcompat.report.aligned_steps import Row, Seen, StepSideBySide
from pkcompat.report.html import Content, element, joined
from pkcompat.report.visible_text import Excerpt, excerpt, excerpts, shown, visible
from pkcompat.traffic import (
    Answer,
    Burst,
    Closed,
    Data,
    Http,
    Message,
    Opened,
    Raw,
    Refused,
    Send,
    Step,
    Unanswered,
    tell_step,
)

_MOST_SENDS = 50  # shown of a burst
_NOTHING_DIFFERS = Row(None, (), differs=False)
_SHORT = 90  # characters; the title of a step shows messages up to this length in full


@dataclass(frozen=True, slots=True)
class Column:
    """The column of a run.

    Attributes:
        name: its name, such as `object form`.
        about: what was run, such as the target.
    """

    name: str
    about: str


def page_file(name: str) -> str:
    """Read a file of the pages: a style sheet, a script or a skeleton."""
    return (files("pkcompat") / "page" / name).read_text(encoding="utf-8")


def columns_html(columns: Sequence[Column]) -> Markup:
    """The names of the columns, above all steps; the table of each step repeats them for screen readers."""
    heads = [
        element("div", element("strong", column.name), element("span", visible(column.about)), class_="head")
        for column in columns
    ]
    return element("div", element("div", class_="who"), *heads, class_="columns", aria_hidden="true")


def step_html(
    step: StepSideBySide,
    columns: Sequence[Column],
    ignored: Sequence[re.Pattern[str]] = (),
    *,
    is_settled: bool = True,
) -> Markup:
    """A step as a list item with a heading and a table.

    Args:
        step: the step.
        columns: the columns of the runs.
        ignored: patterns of texts that were not compared.
        is_settled: whether it is known already if the runs differ in this step.
    """
    differs = step.differs and is_settled
    title = f"step-{step.number}-title"
    return element(
        "li",
        element(
            "h3",
            _mark(differs, is_settled),
            element("span", f"{step.number}", class_="number"),
            " ",
            element("span", visible(tell_step(step.step)), class_="told"),
            id=title,
        ),
        _sent(step.step),
        _table(step, columns, ignored, title, is_settled) if step.rows else _nothing(is_settled),
        _hidden(step),
        id=f"step-{step.number}",
        class_="step differs" if differs else "step",
    )


def _mark(differs: bool, is_settled: bool) -> Markup:
    sign, heard = ("✗", "differs: ") if differs else ("✓", "alike: ") if is_settled else ("…", "under way: ")
    return joined(
        [
            element("span", sign, class_="sign", aria_hidden="true"),
            element("span", heard, class_="visually-hidden"),
        ]
    )


def _nothing(is_settled: bool) -> Markup | None:
    return element("p", "no client receives anything", class_="nothing") if is_settled else None


def _hidden(step: StepSideBySide) -> Markup | None:
    if not step.hidden:
        return None
    text = f"{step.hidden:,} more are not shown"
    if step.hidden_differing:
        text += f"; {step.hidden_differing:,} of them differ"
    return element("p", text, class_="nothing")


def _sent(step: Step) -> Markup | None:
    """What was sent, if the title has no room for it."""
    match step:
        case Burst(sends):
            items = [
                element("li", f"{client}: ", shown(excerpt(data, _SHORT)))
                for client, data in sends[:_MOST_SENDS]
            ]
            if len(sends) > _MOST_SENDS:
                items.append(element("li", f"… {len(sends) - _MOST_SENDS:,} more"))
            return element("ol", *items, class_="sent")
        case Send(_, data) if not (isinstance(data, str) and len(data) <= _SHORT):
            return element("div", shown(excerpt(data)), class_="sent")
        case Http(body=body) if len(body) > _SHORT:
            return element("div", shown(excerpt(_text_of(body))), class_="sent")
        case Raw(_, data):
            return element("div", shown(excerpt(data)), class_="sent")
    return None


def _table(
    step: StepSideBySide,
    columns: Sequence[Column],
    ignored: Sequence[re.Pattern[str]],
    title: str,
    is_settled: bool,
) -> Markup:
    # Explicit roles, because on narrow pages rows are displayed as blocks, which would make some screen
    # readers ignore the table.
    names = [element("th", column.name, scope="col", role="columnheader") for column in columns]
    head = element(
        "thead",
        element("tr", element("th", "who", scope="col", role="columnheader"), *names, role="row"),
        role="rowgroup",
        class_="visually-hidden",
    )
    rows: list[Markup] = []
    before: str | None = ""  # no client's name; None is that of the answer
    for row in step.rows:
        rows.append(_row(row, columns, ignored, is_settled, repeats=row.client == before))
        before = row.client
    body = element("tbody", *rows, role="rowgroup")
    widths = element("colgroup", element("col", class_="who"), element("col", span=len(columns)))
    return element("table", widths, head, body, role="table", aria_labelledby=title)


def _row(
    row: Row,
    columns: Sequence[Column],
    ignored: Sequence[re.Pattern[str]],
    is_settled: bool,
    *,
    repeats: bool,
) -> Markup:
    differs = row.differs and is_settled
    who = "answer" if row.client is None else row.client
    head = element(
        "th",
        element("span", visible(who), class_="visually-hidden" if repeats else "name"),
        joined([" ", element("span", "differs", class_="flag")]) if differs else None,
        scope="row",
        role="rowheader",
    )
    cells = _cells(row, differs, ignored)
    return element(
        "tr",
        head,
        *(
            element("td", *cell, role="cell", data_column=column.name)
            for cell, column in zip(cells, columns, strict=True)
        ),
        role="row",
        class_="differs" if differs else "same" if len(set(row.cells)) == 1 else None,
    )


def _cells(row: Row, differs: bool, ignored: Sequence[re.Pattern[str]]) -> list[tuple[Content, ...]]:
    texts = _excerpts([_data_of(cell) for cell in row.cells], differs)
    return [
        _cell(cell, text, row if differs else _NOTHING_DIFFERS, ignored)
        for cell, text in zip(row.cells, texts, strict=True)
    ]


def _excerpts(data: Sequence[Data | None], differs: bool) -> Iterator[Excerpt]:
    """The excerpt of each cell's text; empty for cells without a text."""
    present = [text for text in data if text is not None]
    made = iter(excerpts(present) if differs and present else map(excerpt, present))
    for text in data:
        yield next(made) if text is not None else excerpt("")


def _data_of(cell: Seen) -> Data | None:
    match cell:
        case Message(data):
            return data
        case Answer(body=body) | Refused(body=body):
            return _text_of(body)
        case Closed(reason=reason):
            return reason
        case Unanswered(problem):
            return problem
    return None


def _text_of(body: bytes) -> Data:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def _cell(cell: Seen, text: Excerpt, row: Row, ignored: Sequence[re.Pattern[str]]) -> tuple[Content, ...]:
    match cell:
        case None:
            return (element("span", "nothing", class_="absent"),)
        case Opened(subprotocol):
            if subprotocol is None:
                return (element("span", "open", class_="event"),)
            marked = _differing(subprotocol, subprotocol, row, "subprotocol")
            return (element("span", "open, speaking ", marked, class_="event"),)
        case Message():
            return (shown(text, ignored),)
        case Closed(code):
            return (
                element("span", "closed with ", _differing(f"{code}", code, row, "code"), class_="event"),
                joined([" ", shown(text, ignored)]) if text.length else None,
            )
        case Refused(status):
            marked = _differing(f"{status}", status, row, "status")
            return (element("span", "refused with ", marked, class_="event"), " ", _body(text, ignored))
        case Answer(status, headers):
            marked = _differing(f"{status}", status, row, "status")
            return (
                element("span", marked, class_="event"),
                " ",
                _body(text, ignored),
                _headers(headers, row.headers),
            )
        case Unanswered():
            return (shown(text, ignored),)


def _body(text: Excerpt, ignored: Sequence[re.Pattern[str]]) -> Markup:
    return shown(text, ignored) if text.length else element("span", "no body", class_="size")


def _differing(text: str, value: object, row: Row, attribute: str) -> Markup:
    """A text, marked if another cell of the row has a different value."""
    others = {getattr(cell, attribute, value) for cell in row.cells}
    return element("mark", text) if others - {value} else joined([text])


def _headers(headers: Sequence[tuple[str, str]], differing: frozenset[str]) -> Markup | None:
    if not headers:
        return None
    lines = []
    for name, value in headers:
        line = joined([visible(name), ": ", visible(value)])
        lines.append(element("li", element("mark", line) if name in differing else line))
    return element("ul", *lines, class_="headers", aria_label="headers")

"""The section of the report about the lines that generated traffic reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import decode_source
from itertools import pairwise
from pathlib import Path

from markupsafe import Markup

from pkcompat.report.html import element
from pkcompat.report.visible_text import visible
from pkcompat.verify import GeneratedVerification, Reach


def coverage_html(generated: GeneratedVerification, names: tuple[str, str]) -> Markup:
    """The coverage of both forms, as a section with a bar and the missed lines of each.

    Args:
        generated: the result of the comparison.
        names: the names of both forms.
    """
    return element(
        "section",
        element("h2", "Lines that ran", id="lines"),
        element("p", "What did not run was not compared.", class_="note"),
        *([element("p", f"Warning: {generated.warning}", class_="note")] if generated.warning else []),
        *_reach(names[0], generated.old, {}),
        *_reach(names[1], generated.new, generated.plan.sources),
        aria_labelledby="lines",
    )


def _reach(name: str, reach: Reach, sources: Mapping[Path, bytes]) -> Iterator[Markup]:
    if not reach.count:
        yield element("p", f"The {name}'s module has no functions.")
        return
    ran = f"{reach.ran} of {reach.count} lines in {reach.whose} ({reach.percent:.0f} %)"
    yield element(
        "div",
        element("span", name),
        element(
            "span", element("progress", class_="bar", max=reach.count, value=reach.ran, aria_label=ran), ran
        ),
        class_="reach",
    )
    if reach.told_missed:
        yield element(
            "details",
            element("summary", f"Lines of the {name} that did not run: {reach.told_missed}"),
            _missed_lines(name, reach, sources),
            open=len(reach.missed) <= 30,
        )


def _missed_lines(name: str, reach: Reach, sources: Mapping[Path, bytes]) -> Markup:
    lines = _source_lines(Path(reach.file), sources)
    numbers = sorted(reach.missed)
    after_gap = {second for first, second in pairwise(numbers) if second > first + 1}
    rows = [
        element(
            "tr",
            element("th", str(number), scope="row"),
            element("td", element("code", visible(lines.get(number, "")))),
            class_="gap" if number in after_gap else None,
        )
        for number in numbers
    ]
    return element(
        "table",
        element("caption", f"lines of the {name} that did not run", class_="visually-hidden"),
        element("tbody", *rows),
        class_="lines",
    )


def _source_lines(file: Path, sources: Mapping[Path, bytes]) -> dict[int, str]:
    try:
        code = sources[file] if file in sources else file.read_bytes()
    except OSError:  # deleted since it ran; the line numbers are still shown
        return {}
    return dict(enumerate(decode_source(code).split("\n"), 1))

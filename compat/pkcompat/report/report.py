"""The report of `pkcompat verify --html`: one self-contained HTML file without scripts."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from markupsafe import Markup

from pkcompat.errors import PkcompatError
from pkcompat.forms import HELD_STILL
from pkcompat.project import write_document
from pkcompat.report.aligned_steps import StepSideBySide, side_by_side
from pkcompat.report.coverage_html import coverage_html
from pkcompat.report.html import Content, element, joined
from pkcompat.report.side_by_side_html import Column, columns_html, page_file, step_html
from pkcompat.report.visible_text import visible
from pkcompat.traffic import AGAINST_RECORDING, Rules, tell_step, tell_whose
from pkcompat.verify import GeneratedVerification, Verification, form_names

_MOST_OUTPUT = 20_000  # characters at the end of a form's output
_MOST_DIFFERENCES = 100  # links to steps that differ

Fact = tuple[str, Content]


class ReportError(PkcompatError):
    """A report cannot be written. The message says where, and why."""


def check_report_file(path: Path) -> None:
    """Check that a report can be written, before the forms are run.

    Raises:
        ReportError: its folder does not exist or is not writable, or the path is a folder.
    """
    folder = path.parent
    if os.path.isdir(path):
        raise ReportError(f"{path}: is a folder; name a file in it for the report")
    if not os.path.isdir(folder):
        raise ReportError(f"{path}: there is no folder {folder}; create it first")
    if not os.access(path if path.exists() and not path.is_file() else folder, os.W_OK):
        raise ReportError(f"{path}: is not writable for this user")


def save_report(path: Path, report: str) -> None:
    """Write a report atomically.

    Raises:
        ReportError: it cannot be written.
    """
    try:
        write_document(path, report.encode())
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from None


def given_report(
    verification: Verification,
    rules: Rules,
    *,
    migrated: str | None = None,
    file: str = "",
    held_still: bool = False,
) -> str:
    """The report of a comparison under given traffic.

    Args:
        verification: the result of the comparison.
        rules: what was left out of it.
        migrated: the codemod's outcome, if the class form is the codemod's output.
        file: the traffic file, as the user named it.
        held_still: whether clocks and randomness were held still.
    """
    names = form_names(verification.old.form, verification.new.form)
    traffic = verification.traffic
    steps = _steps(verification, rules)
    recorded = traffic.transcript is not None
    facts: list[Fact] = [
        *_targets(names, (verification.old.target, verification.new.target), migrated),
        ("traffic", joined([visible(f"{file}, " if file else ""), _number(len(steps), "step")])),
        ("held still", HELD_STILL if held_still else None),
        ("recording", "both forms are compared with it, too" if recorded else None),
        ("not compared", _not_compared(rules, recorded)),
    ]
    return _page(
        title=traffic.name or traffic.party,
        about=traffic.about,
        agrees=verification.agrees,
        verdict=_given_verdict(verification, names),
        facts=facts,
        sections=[
            *(() if verification.steady else (element("p", _not_steady(names[0]), class_="note"),)),
            *_step_sections(verification, steps, names, rules),
            *_outputs(verification, names),
        ],
    )


def generated_report(generated: GeneratedVerification, *, migrated: str | None = None) -> str:
    """The report of a comparison under generated traffic.

    Args:
        generated: the result of the comparison.
        migrated: the codemod's outcome, if the class form is the codemod's output.
    """
    names = form_names(*generated.forms)
    plan, exploration = generated.plan, generated.exploration
    facts: list[Fact] = [
        *_targets(names, (plan.old, plan.new), migrated),
        (
            "traffic",
            f"generated with seed {plan.seed}: {_number(exploration.scripts, 'script')} of at most "
            f"{plan.budget:,}, {_number(exploration.steps, 'step')}",
        ),
        ("compared", f"{exploration.events:,} results and events"),
        ("held still", HELD_STILL),
        ("not compared", _not_compared(plan.rules, recorded=False)),
        *(("not tried", text) for text in generated.not_tried),
    ]
    if exploration.unsteady:
        count = _number(len(exploration.unsteady), "script")
        facts.append(
            (
                "unsteady",
                f"{count} told the forms apart once, and not when run again: something differs by itself",
            )
        )
    verb = "agree" if generated.agrees else "differ"
    return _page(
        title=Path(generated.old.file).name or plan.old,
        about="",
        agrees=generated.agrees,
        verdict=f"{names[0]} and {names[1]} {verb} under generated traffic",
        facts=facts,
        sections=[*_separation(generated, names), coverage_html(generated, names)],
    )


def _page(
    *, title: str, about: str, agrees: bool, verdict: str, facts: Sequence[Fact], sections: Iterable[Markup]
) -> str:
    # The policy allows our own style by its hash and nothing else, so that no text of a party can run code or
    # load anything, even if an escape were missing.
    style = Markup(page_file("side_by_side.css") + "\n" + page_file("report.css"))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    sign = "✓" if agrees else "✗"
    head = [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{sign} {_printable(title)}: {verdict}"),
        element("link", rel="icon", href="data:,"),
        element("style", style),
    ]
    header = element(
        "header",
        element("h1", visible(title)),
        element("p", visible(about)) if about else None,
        element(
            "p",
            element("span", sign, class_="sign", aria_hidden="true"),
            element("span", verdict),
            class_="verdict agree" if agrees else "verdict differ",
        ),
        _facts(facts),
    )
    footer = element(
        "footer",
        f"pkcompat {version('pkcompat')}, Python {platform.python_version()} on {platform.system()}",
    )
    body = [
        element("a", "Skip to the result", href="#result", class_="skip"),
        header,
        element("main", *sections, id="result", tabindex="-1"),
        footer,
    ]
    page = element(
        "html",
        element("head", joined(head, "\n")),
        "\n",
        element("body", joined(body, "\n")),
        lang="en",
    )
    return f"<!doctype html>\n{page}\n"


def _facts(facts: Sequence[Fact]) -> Markup:
    parts = [
        part
        for name, value in facts
        if value is not None
        for part in (element("dt", name), element("dd", value))
    ]
    return element("dl", *parts, class_="facts")


def _targets(names: tuple[str, str], targets: tuple[str, str], migrated: str | None) -> Iterator[Fact]:
    yield names[0], element("code", visible(targets[0]))
    made = f", as the codemod makes it ({migrated})" if migrated is not None else ""
    yield names[1], joined([element("code", visible(targets[1])), made])


def _not_compared(rules: Rules, recorded: bool) -> Content:
    left_out: list[Content] = [
        joined(["texts that match ", element("code", visible(pattern.pattern))]) for pattern in rules.texts
    ]
    if recorded:
        left_out.append(f"{', '.join(sorted(AGAINST_RECORDING.headers))} with the recording")
    return joined(left_out, "; ") if left_out else "everything is compared"


def _given_verdict(verification: Verification, names: tuple[str, str]) -> str:
    old, new = names
    if verification.agrees:
        beside = ", and with the recording" if verification.traffic.transcript is not None else ""
        return f"{old} and {new} agree{beside}"
    if verification.between:
        return f"{old} and {new} differ"
    return f"{old} and {new} agree, but not with the recording"


def _steps(verification: Verification, rules: Rules) -> list[StepSideBySide]:
    # A recording is compared under looser rules: another platform spells content types differently.
    recording = verification.traffic.transcript
    runs = [verification.old.transcript, verification.new.transcript]
    rules_of_runs = [rules, rules]
    if recording is not None:
        runs.insert(0, recording)
        rules_of_runs.insert(0, Rules(AGAINST_RECORDING.headers | rules.headers, rules.texts))
    return [
        side_by_side(number, step, records, rules_of_runs)
        for number, (step, *records) in enumerate(zip(verification.traffic.steps, *runs, strict=True), 1)
    ]


def _step_sections(
    verification: Verification, steps: Sequence[StepSideBySide], names: tuple[str, str], rules: Rules
) -> Iterator[Markup]:
    columns = [Column(names[0], verification.old.target), Column(names[1], verification.new.target)]
    if verification.traffic.transcript is not None:
        columns.insert(0, Column("recording", ""))
    differing = [step for step in steps if step.differs]
    if differing:
        yield _differences(differing)
    yield element(
        "section",
        element("h2", "Step by step", id="steps"),
        _only_differences() if 0 < len(differing) < len(steps) else None,
        columns_html(columns),
        element(
            "ol", joined((step_html(step, columns, rules.texts) for step in steps), "\n"), class_="steps"
        ),
        aria_labelledby="steps",
    )


def _differences(steps: Sequence[StepSideBySide]) -> Markup:
    items = [
        element(
            "li",
            element("a", f"step {step.number}: ", visible(tell_step(step.step)), href=f"#step-{step.number}"),
            " ",
            element("span", visible(f"({tell_whose(step.differing)})"), class_="size"),
        )
        for step in steps[:_MOST_DIFFERENCES]
    ]
    if len(steps) > _MOST_DIFFERENCES:
        items.append(element("li", f"{len(steps) - _MOST_DIFFERENCES:,} more"))
    return element(
        "section",
        element("h2", "What differs", id="differences"),
        element("ul", *items, class_="differences"),
        aria_labelledby="differences",
    )


def _only_differences() -> Markup:
    return element(
        "label",
        element("input", type="checkbox", id="only-differences"),
        "Show only what differs",
        class_="only",
    )


def _outputs(verification: Verification, names: tuple[str, str]) -> Iterator[Markup]:
    printed = [
        (name, result.output)
        for name, result in zip(names, (verification.old, verification.new), strict=True)
        if result.output.strip()
    ]
    if printed:
        yield element(
            "section",
            element("h2", "Printed and logged", id="output"),
            *(_output(name, text) for name, text in printed),
            aria_labelledby="output",
        )


def _output(name: str, text: str) -> Markup:
    cut = len(text) - _MOST_OUTPUT
    note = f"… {cut:,} characters before this\n" if cut > 0 else ""
    return element(
        "details",
        element("summary", f"What the {name} printed and logged"),
        element("pre", note, visible(text[-_MOST_OUTPUT:])),
    )


def _separation(generated: GeneratedVerification, names: tuple[str, str]) -> Iterator[Markup]:
    verification, separation = generated.verification, generated.exploration.separation
    if verification is None or separation is None:
        return
    first = _number(len(separation.first), "step")
    note = f"The shortest script found that tells the forms apart, shrunk from {first}."
    if not separation.steady:
        note += " " + _not_steady(names[0])
    yield element("p", note, class_="note")
    rules = generated.plan.rules
    yield from _step_sections(verification, _steps(verification, rules), names, rules)
    yield from _outputs(verification, names)


def _not_steady(name: str) -> str:
    return (
        f"The {name} does not agree with itself when it runs this again: name what differs from run to run "
        "with --ignore."
    )


def _printable(text: str) -> str:
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"

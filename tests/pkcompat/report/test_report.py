"""The HTML report of a comparison: self-contained, escaped, reproducible."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from tests.pkcompat.page_checks import check_page

from pkcompat.forms.run import FormRun
from pkcompat.report.report import (
    ReportError,
    check_report_file,
    generated_report,
    given_report,
    save_report,
)
from pkcompat.traffic.comparison import EXACT, Rules, compare
from pkcompat.traffic.steps import Send, Traffic
from pkcompat.traffic.transcript import Message, StepRecord, Transcript
from pkcompat.verify.generated_traffic import GeneratedVerification, GenerationPlan, Reach
from pkcompat.verify.given_traffic import FormResult, Verification
from pkcompat.verify.search import Exploration, Separation

STEPS = (Send("a", "x"), Send("a", "y"))


def transcript(*texts: str) -> Transcript:
    return tuple(StepRecord(None, {"a": (Message(text),)}) for text in texts)


def verification(old: Transcript, new: Transcript, recording: Transcript | None = None) -> Verification:
    def run(form: str, seen: Transcript) -> FormResult:
        unlike = () if recording is None else tuple(compare(recording, seen))
        return FormResult(f"{form}.py", form, seen, unlike, f"{form} printed <this>\n")

    between = tuple(compare(old, new))
    traffic = Traffic("main", STEPS, recording, "shout", "one who <shouts>")
    return Verification(traffic, run("object", old), run("class", new), between)


def test_a_report_of_forms_that_agree() -> None:
    same = transcript("X", "Y")
    html = given_report(verification(same, same), EXACT, migrated="rewritten", file="traffic.json")
    page = check_page(html)
    assert "<h1>shout</h1>" in html
    assert "one who &lt;shouts&gt;" in html
    assert "object form and class form agree" in html
    assert "<code>class.py</code>, as the codemod makes it (rewritten)" in html
    assert "traffic.json, 2 steps" in html
    assert "everything is compared" in html
    assert "What differs" not in html
    assert {"step-1", "step-2"} <= set(page.ids)
    assert "object printed &lt;this&gt;" in html


def test_a_report_of_a_difference() -> None:
    html = given_report(verification(transcript("X", "Y"), transcript("X", "Z")), EXACT)
    assert "<title>✗ shout: object form and class form differ</title>" in html
    assert '<a href="#step-2">step 2: a sends “y”</a>' in html
    assert "<mark>Z</mark>" in html
    assert 'id="only-differences"' in html
    check_page(html)


def test_a_recording_is_a_column_of_its_own() -> None:
    same = transcript("X", "Y")
    html = given_report(verification(same, same, transcript("X", "?")), EXACT)
    assert "object form and class form agree, but not with the recording" in html
    assert html.count('data-column="recording"') == 2
    assert "content-type with the recording" in html
    assert "agree, and with the recording" in given_report(verification(same, same, same), EXACT)


def test_what_is_ignored_is_told() -> None:
    rules = Rules(texts=(re.compile("<id>"),))
    html = given_report(verification(transcript("a<id>", "Y"), transcript("a<id>", "Y")), rules)
    assert "texts that match <code>&lt;id&gt;</code>" in html
    assert 'a<span class="ignored">&lt;id&gt;</span>' in html


def test_a_report_loads_nothing_and_runs_nothing() -> None:
    html = given_report(verification(transcript("X", "Y"), transcript("X", "Z")), EXACT)
    page = check_page(html)
    assert "script" not in page.tags
    assert [link for link in page.links if not link.startswith("#")] == ["data:,"]
    assert "url(" not in html
    assert "@import" not in html
    style = re.search("<style>(.*)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:" in unescape(html)


def test_the_same_comparison_makes_the_same_report() -> None:
    made = verification(transcript("X", "Y"), transcript("X", "Z"))
    assert given_report(made, EXACT) == given_report(made, EXACT)


def test_any_text_is_escaped_and_encodes() -> None:
    evil = "</style><script>alert(1)</script>\ud800\x00\u202e"
    made = verification(transcript(evil, "Y"), transcript(evil, "Z"))
    made = replace(made, traffic=replace(made.traffic, name=evil, about=evil))
    html = given_report(made, EXACT, file=evil)
    html.encode()
    assert "script" not in check_page(html).tags
    assert "\u202e" not in html
    assert "\0" not in html


def test_what_was_printed_is_cut_at_its_start() -> None:
    made = verification(transcript("X", "Y"), transcript("X", "Y"))
    made = replace(made, old=replace(made.old, output="a" * 30_000 + "end"))
    html = given_report(made, EXACT)
    assert "… 10,003 characters before this" in html
    assert "aend</pre>" in html


@pytest.fixture
def module(tmp_path: Path) -> Path:
    file = tmp_path / "chat.py"
    file.write_text('def f():\n    "<1>"\n    return 2\n\n\ndef g():\n    return 3\n')
    return file


def generated(module: Path, separation: Separation | None = None) -> GeneratedVerification:
    plan = GenerationPlan(
        "chat.py", "chat.py", {module: b"# made\n\ndef f(): \n  return 7\n"}, seed=3, budget=50
    )
    shortest = verification(transcript("X", "Y"), transcript("X", "Z")) if separation is not None else None
    reach = Reach(str(module), frozenset({2, 3, 7}), frozenset({2, 7}))
    made = Reach(str(module), frozenset({4}), frozenset({4}))
    exploration = Exploration(12, 345, 6_789, frozenset(), frozenset(), separation)
    return GeneratedVerification(
        plan,
        exploration,
        ("object", "class"),
        reach,
        made,
        shortest,
        tries_shared_ids=True,
        unreached_crons=True,
        never_ran=("on_alarm", "on_error"),
    )


def test_a_report_of_generated_traffic_that_found_nothing(module: Path) -> None:
    html = generated_report(generated(module), migrated="residue")
    check_page(html)
    assert "object form and class form agree under generated traffic" in html
    assert "generated with seed 3: 12 scripts of at most 50, 345 steps" in html
    assert "6,789 results and events" in html
    assert "PYTHONHASHSEED is 0" in html
    assert "on_cron; the partykit.json of this folder names no crons" in html
    assert "Step by step" not in html
    assert "Warning: never ran: on_alarm, on_error; nothing of them was compared" in html


def test_lines_that_did_not_run_are_shown_with_their_code(module: Path) -> None:
    html = generated_report(generated(module))
    assert "1 of 3 lines in its module&#39;s functions (33 %)" in html
    assert "Lines of the object form that did not run: 2, 7" in html
    assert '<th scope="row">2</th><td><code>    &#34;&lt;1&gt;&#34;</code></td>' in html
    assert '<th scope="row">4</th><td><code>  return 7</code></td>' in html  # what the codemod made


def test_a_module_that_is_gone_by_now_is_no_error(module: Path) -> None:
    made = generated(module)
    module.unlink()
    assert '<th scope="row">7</th><td><code></code></td>' in generated_report(made)


@pytest.mark.parametrize("steady", [True, False])
def test_the_script_that_tells_the_forms_apart(module: Path, steady: bool) -> None:
    run = FormRun(transcript("X", "Y"))
    separation = Separation(STEPS, STEPS * 4, run, run, (), steady)
    html = generated_report(generated(module, separation))
    check_page(html)
    assert "shrunk from 8 steps" in html
    assert "<mark>Z</mark>" in html
    assert ("does not agree with itself" in html) is not steady


def test_a_report_is_written_at_once(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    save_report(file, "<p>ü</p>")
    assert file.read_text(encoding="utf-8") == "<p>ü</p>"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_place_where_no_report_can_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"no/r.html: there is no folder .*no; create it first"):
        check_report_file(tmp_path / "no" / "r.html")
    with pytest.raises(ReportError, match="is a folder"):
        check_report_file(tmp_path)
    with pytest.raises(ReportError, match="No such file"):
        save_report(tmp_path / "no" / "r.html", "")
    check_report_file(tmp_path / "r.html")
    check_report_file(Path("r.html"))

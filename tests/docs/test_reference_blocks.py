"""Every Python block of the reference and of the explanations runs; those of one page share their names."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from sybil import Document
from sybil.parsers.myst import PythonCodeBlockParser
from tests.mirror import ROOT

from pkcompat.project.partykit_json import parse_project_config
from pkcompat.project.pyproject import parse_tool_settings
from pkcompat.traffic import FieldError
from pkcompat.traffic.file import parse_traffic
from pkcompat.traffic.transcript_json import dump_transcript, parse_transcript

DOCS = ROOT / "docs"
PAGES = sorted(path for folder in ("reference", "explanation") for path in (DOCS / folder).rglob("*.md"))
WITH_PYTHON = [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")]


def _name(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


@pytest.mark.parametrize("page", WITH_PYTHON, ids=_name)
def test_the_python_blocks_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = list(Document.parse(str(page), PythonCodeBlockParser()).examples())
    assert len(examples) == page.read_text(encoding="utf-8").count("```python")
    for example in examples:
        example.evaluate()


def _block(page: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", (DOCS / "reference" / page).read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_partykit_json_that_is_shown_can_be_read() -> None:
    config = parse_project_config(json.loads(_block("partykit-json.md", "json")))
    assert config.warnings == ()
    assert config.parties == {"main": "chat.py", "lobby": "lobby.py:lobby"}


def test_the_traffic_file_that_is_shown_can_be_read() -> None:
    traffic = parse_traffic(json.loads(_block("traffic-files.md", "json")))
    assert traffic.transcript is not None
    assert len(traffic.transcript) == len(traffic.steps)


def test_the_results_and_events_that_are_shown_are_those_of_transcripts() -> None:
    page = (DOCS / "reference" / "traffic-files.md").read_text()
    table = page.partition("## Transcripts")[2]
    shown = [json.loads(text) for text in re.findall(r"^\| `([{n][^`]*)` \|", table, re.MULTILINE)]
    events = [
        each
        for each in shown
        if each is not None and {"text", "binary", "close"} & set(each) and len(each) == 1
    ]
    results = [each for each in shown if each not in events]
    assert (len(results), len(events)) == (5, 3)
    entries = [{"result": each, "events": {}} for each in results]
    binary = {"binary": "AA=="}
    given = [each if "binary" not in each else binary for each in events]
    entries.append({"result": None, "events": {"anna": given}})
    assert dump_transcript(parse_transcript(entries)) == entries


def test_the_fields_of_a_traffic_file_are_those_that_it_may_have() -> None:
    page = (DOCS / "reference" / "traffic-files.md").read_text().partition("## Steps")[0]
    named = [
        name
        for row in re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    ]
    for name in named:
        with pytest.raises(FieldError, match=re.escape(f"`{name}`")):
            parse_traffic({"steps": [], name[:-1] + "x" if len(name) > 4 else name + "x": 1})


def test_the_settings_that_are_shown_can_be_read() -> None:
    table = tomllib.loads(_block("settings.md", "toml"))["tool"]["pkcompat"]
    settings = parse_tool_settings(table, ROOT)
    assert settings.exclude == ("vendor/",)
    assert settings.record.unmask == ("session",)

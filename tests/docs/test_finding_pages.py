"""The pages of findings: each shows what the codemod does, to the letter, and the index has them all."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.tables import table
from tests.mirror import ROOT
from typer.testing import CliRunner

from pkcodemods.finding_codes import FINDING_CODES
from pkcodemods.finding_pages import FindingPage, finding_page, finding_pages
from pkcompat.command.app import app

FINDINGS = ROOT / "docs" / "findings"
PAGES = {page.code: page for page in finding_pages()}
WITHOUT_EXAMPLE = {"PK902", "PK903"}
"""Bugs of the codemod: what shows one is mended."""
PRINTED = {"PK108": {"PK201"}, "PK404": {"PK404", "PK405"}, "PK901": set[str]()}
"""The codes that the example of a page prints, where they are not that of the page alone."""
_FILE = re.compile(r"^`(?P<name>[\w./-]+)`(?P<after> becomes)?:\n\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)
_COMMANDS = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


def section(page: FindingPage, title: str) -> str:
    return page.markdown.partition(f"## {title}\n")[2].partition("\n## ")[0]


def files(text: str, *, after: bool) -> dict[str, str]:
    """The files that a section shows, by name: as they are, or as they become."""
    return {found["name"]: found["text"] for found in _FILE.finditer(text) if bool(found["after"]) is after}


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The command lines of a section, each with what it prints."""
    for block in _COMMANDS.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            yield line, output


def run(line: str) -> str:
    program, *arguments = shlex.split(line)
    assert program == "pkcompat"
    return CliRunner().invoke(app, arguments, catch_exceptions=False).stdout


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")


def write(shown: dict[str, str]) -> None:
    for name, text in shown.items():
        Path(name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("code", sorted(PAGES.keys() - WITHOUT_EXAMPLE))
def test_the_example_of_a_page_gives_what_is_shown(code: str) -> None:
    text = section(PAGES[code], "Example")
    before, after = files(text, after=False), files(text, after=True)
    assert before.keys() >= after.keys()
    write(before)
    printed: set[str] = set()
    for line, output in commands(text):
        wanted = re.escape(output).replace(r"\.\.\.", ".*")
        assert re.fullmatch(wanted, run(line), re.DOTALL), line
        printed.update(re.findall(r": (PK\d+) ", output))
    assert {name: Path(name).read_text(encoding="utf-8") for name in before} == before | after
    assert printed == PRINTED.get(code, {code})
    assert bool(after) != ("The file stays as it is." in text)


@pytest.mark.parametrize(
    "code", [code for code, page in PAGES.items() if files(section(page, "By hand"), after=False)]
)
def test_what_is_written_by_hand_has_the_finding_no_more(code: str) -> None:
    shown = files(section(PAGES[code], "By hand"), after=False)
    write(shown)
    output = run("pkcompat migrate .")
    assert re.match("(rewritten|residue) ", output)
    assert code not in output


@pytest.mark.parametrize("code", sorted(WITHOUT_EXAMPLE))
def test_a_page_without_an_example_says_why(code: str) -> None:
    assert section(PAGES[code], "Example").strip().startswith("There is none: ")


def test_the_documentation_has_the_pages_and_no_others() -> None:
    included = {file.stem: file.read_text(encoding="utf-8") for file in FINDINGS.glob("PK*.md")}
    assert included == {
        code: f"```{{include}} ../../codemods/pkcodemods/pages/{code}.md\n```\n" for code in FINDING_CODES
    }


def test_the_index_lists_every_code_with_its_meaning() -> None:
    rows = re.findall(r"^\| \[(PK\d+)\]\(\1\.md\) \| (\w+) \| (.+) \|$", table("findings"), re.MULTILINE)
    assert rows == [
        (code, entry.outcome.value, finding_page(code).summary.replace("|", r"\|"))
        for code, entry in FINDING_CODES.items()
    ]

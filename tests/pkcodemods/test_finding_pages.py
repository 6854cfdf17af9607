"""The pages of findings: one for each code, all of one shape, with links that lead to others."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from pkcodemods.finding_codes import FINDING_CODES
from pkcodemods.finding_pages import FindingPage, finding_page, finding_pages

PAGES = {page.code: page for page in finding_pages()}


def test_each_code_has_a_page_and_each_page_a_code() -> None:
    names = [page.name for page in files("pkcodemods").joinpath("pages").iterdir()]
    assert sorted(names) == [f"{code}.md" for code in sorted(FINDING_CODES)]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_says_what_the_code_is_and_what_it_makes_of_a_party(page: FindingPage) -> None:
    entry = FINDING_CODES[page.code]
    heading, summary, outcome, _ = page.markdown.split("\n\n", 3)
    assert heading == f"# {page.code}: {entry.title}"
    assert outcome == f"*Outcome: {entry.outcome}.*"
    assert page.summary == " ".join(summary.split())
    assert re.fullmatch(r"[A-Z`][^.]*(\.\w[^.]*)*\.", page.summary), "one sentence"
    assert len(page.summary) < 140
    assert re.findall(r"^## (.+)$", page.markdown, re.MULTILINE) == ["Why", "Example", "By hand", "Related"]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_codes_that_a_page_names_are_links(page: FindingPage) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.markdown.partition("\n")[2], flags=re.MULTILINE | re.DOTALL)
    linked = re.findall(r"\[(PK\d+)\]\(\1\.md\)", prose)
    assert linked, "a related code"
    assert set(linked) <= FINDING_CODES.keys() - {page.code}
    assert re.findall(r"\bPK\d+\b(?!\.md\))", re.sub(r"`[^`]*`", "", prose)) == linked


def test_elsewhere_links_lead_to_the_documentation_or_are_none() -> None:
    page = FindingPage("PK201", "See [PK111](PK111.md), and [this](https://example.com/PK111.md).\n")
    assert page.text() == "See PK111, and [this](https://example.com/PK111.md).\n"
    for home in ("https://docs.example/pkcompat", "https://docs.example/pkcompat/"):
        assert "See [PK111](https://docs.example/pkcompat/findings/PK111.html), and" in page.text(home)


def test_a_code_that_does_not_exist_has_no_page() -> None:
    with pytest.raises(KeyError):
        finding_page("PK999")

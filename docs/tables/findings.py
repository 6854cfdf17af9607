"""The codes of findings, with what their pages say in one sentence."""

from __future__ import annotations

from docs.tables.markdown import markdown_table

from pkcodemods.finding_codes import FINDING_CODES
from pkcodemods.finding_pages import finding_pages


def codes() -> str:
    """Each code, with a link to its page."""
    rows = [
        (f"[{page.code}]({page.code}.md)", FINDING_CODES[page.code].outcome.value, page.summary)
        for page in finding_pages()
    ]
    return markdown_table(("Code", "Outcome", "What it means"), rows)

"""The pages of findings, `pages/PK101.md` and so on: what a code means, an example, what to do by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from pkcodemods.finding_codes import FINDING_CODES

_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<code>PK\d{3})\.md\)")


@dataclass(frozen=True, slots=True)
class FindingPage:
    """The page of one code.

    Attributes:
        code: the code.
        markdown: its text, in which links to other pages name the files beside it.
    """

    code: str
    markdown: str

    @property
    def summary(self) -> str:
        """What the code means, in the one sentence that follows the heading."""
        return " ".join(self.markdown.split("\n\n", 2)[1].split())

    def text(self, home: str | None = None) -> str:
        """The page for a reader elsewhere.

        Args:
            home: the URL of the documentation, for links; without one there are none.
        """

        def link(found: re.Match[str]) -> str:
            return f"[{found['text']}]({page_url(home, found['code'])})" if home else found["text"]

        return _LINK.sub(link, self.markdown)


def page_url(home: str, code: str) -> str:
    """Where a page is in the documentation.

    Args:
        home: the URL of the documentation.
        code: the code of the page.
    """
    return f"{home.rstrip('/')}/findings/{code}.html"


def finding_page(code: str) -> FindingPage:
    """The page of a code.

    Raises:
        KeyError: there is no such code.
    """
    entry = FINDING_CODES[code]
    page = files("pkcodemods").joinpath("pages", f"{entry.code}.md")
    return FindingPage(entry.code, page.read_text(encoding="utf-8"))


def finding_pages() -> Iterator[FindingPage]:
    """The page of each code."""
    return map(finding_page, FINDING_CODES)

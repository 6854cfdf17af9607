"""The documentation as it is built: every page is in it, and every link within it leads somewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.mirror import ROOT

BUILT = ROOT / "docs" / "_build" / "html"
"""Made by `make docs`, right before these tests."""


class _Page(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.external: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.add(str(found["id"]))
        for name in ("href", "src"):
            if value := found.get(name):
                self.links.append(value)
                if tag in ("script", "img") or (tag == "link" and "stylesheet" in str(found.get("rel"))):
                    self.external.append(value)


PAGES = {path.resolve(): _Page(path) for path in BUILT.rglob("*.html")}


def test_every_source_is_a_page() -> None:
    sources = {path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")}
    sources = {each for each in sources if each.parts[0] != "_build"}
    assert sources
    assert {each for each in sources if not (BUILT / each).with_suffix(".html").is_file()} == set()


def test_every_link_within_the_documentation_leads_somewhere() -> None:
    broken = []
    for path, page in PAGES.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            ids = PAGES[target].ids if target in PAGES else {unquote(parts.fragment)}
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in ids):
                broken.append(f"{path.name}: {link}")
    assert broken == []


def test_a_page_needs_nothing_from_elsewhere() -> None:
    """It can be read without a network, and tells nobody who reads it."""
    asked = {each for page in PAGES.values() for each in page.external if urlsplit(each).netloc}
    assert asked == set()

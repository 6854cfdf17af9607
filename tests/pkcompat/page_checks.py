"""What every page must be: well-formed, with unique ids, and labels that lead somewhere."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"col", "input", "link", "meta"}
REFERENCES = ("aria-labelledby", "aria-describedby", "for")


class Page(HTMLParser):
    """A page, taken apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs), f"{tag} has an attribute twice: {attrs}"
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append(tag)
        if identifier := given.get("id"):
            self.ids.append(identifier)
        for name in REFERENCES:
            self.references += (given.get(name) or "").split()
        for name in ("href", "src", "action"):
            if link := given.get(name):
                self.links.append(link)
        assert not [name for name in given if name.startswith("on")], f"{tag} has a script: {attrs}"

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1] == tag, f"</{tag}> closes <{self._open[-1]}>"
        self._open.pop()


def check_page(text: str) -> Page:
    """Check a page or a part of one, and give what is in it."""
    page = Page(text)
    assert len(set(page.ids)) == len(page.ids), "an id stands twice"
    inner = {link[1:] for link in page.links if link.startswith("#")}
    assert {*page.references, *inner} <= set(page.ids), "a reference leads nowhere"
    return page

"""HTML, written so that no text is taken for markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"col", "input", "link", "meta"})


class Html(str):
    """Markup that is right already; every other text is escaped where it becomes part of an element."""

    __slots__ = ()


Content = str | Html | None
"""A text, markup, or nothing at all."""


def element(tag: str, /, *content: Content, **attributes: str | int | bool | None) -> Html:
    """An element.

    Args:
        tag: its name.
        content: what is in it, one after another.
        attributes: by their names, with an underscore for a hyphen and at the end of a name that is a word of
            Python (`class_`, `aria_label`). True stands for one without a value; False and None leave it out.
    """
    given = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{tag}{given}>")
    return Html(f"<{tag}{given}>{joined(content)}</{tag}>")


def joined(content: Iterable[Content], separator: str = "") -> Html:
    """Texts and markup one after another, each text escaped."""
    return Html(separator.join(_markup(part) for part in content if part is not None))


def _markup(part: str | Html) -> str:
    return part if isinstance(part, Html) else escape(_encodable(part), quote=False)


def _encodable(text: str) -> str:
    """A text without lone surrogates, which no file can hold."""
    return text.encode(errors="replace").decode()


def _attribute(name: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    spelt = name.rstrip("_").replace("_", "-")
    return f" {spelt}" if value is True else f' {spelt}="{escape(_encodable(str(value)))}"'

"""Building HTML so that no text is mistaken for markup."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

_VOID = frozenset({"col", "input", "link", "meta"})

Content = str | Markup | None
"""A text, which is escaped; markup; or nothing at all."""


def element(tag: str, /, *content: Content, **attributes: str | int | bool | None) -> Markup:
    """Build an element.

    Args:
        tag: its name.
        content: its children.
        attributes: its attributes; names have underscores for hyphens, and a trailing one if they are Python
            keywords (`aria_label`, `class_`). True gives an attribute without a value; False and None none.
    """
    given = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Markup(f"<{tag}{given}>")
    return Markup(f"<{tag}{given}>{joined(content)}</{tag}>")


def joined(content: Iterable[Content], separator: str = "") -> Markup:
    """Concatenate texts and markup; texts are escaped."""
    return Markup(separator).join(_markup(part) for part in content if part is not None)


def _markup(part: str | Markup) -> Markup:
    return part if isinstance(part, Markup) else escape(_encodable(part))


def _encodable(text: str) -> str:
    """A text without lone surrogates, which cannot be encoded."""
    return text.encode(errors="replace").decode()


def _attribute(name: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    spelt = name.rstrip("_").replace("_", "-")
    return f" {spelt}" if value is True else f' {spelt}="{escape(_encodable(str(value)))}"'

"""HTML, written so that no text is taken for markup."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

_VOID = frozenset({"col", "input", "link", "meta"})

Content = str | Markup | None
"""A text, which is escaped; markup; or nothing at all."""


def element(tag: str, /, *content: Content, **attributes: str | int | bool | None) -> Markup:
    """An element.

    Args:
        tag: its name.
        content: what is in it, one after another.
        attributes: by their names, with an underscore for a hyphen and at the end of a name that is a word of
            Python (`class_`, `aria_label`). True stands for one without a value; False and None leave it out.
    """
    given = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Markup(f"<{tag}{given}>")
    return Markup(f"<{tag}{given}>{joined(content)}</{tag}>")


def joined(content: Iterable[Content], separator: str = "") -> Markup:
    """Texts and markup one after another, each text escaped."""
    return Markup(separator).join(_markup(part) for part in content if part is not None)


def _markup(part: str | Markup) -> Markup:
    return part if isinstance(part, Markup) else escape(_encodable(part))


def _encodable(text: str) -> str:
    """A text without lone surrogates, which no file can hold."""
    return text.encode(errors="replace").decode()


def _attribute(name: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    spelt = name.rstrip("_").replace("_", "-")
    return f" {spelt}" if value is True else f' {spelt}="{escape(_encodable(str(value)))}"'

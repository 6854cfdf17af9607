"""Markdown tables, and the sections of docstrings that fill them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

_ENTRY = re.compile(r"(?P<name>\*{0,2}\w+): *(?P<text>.*)")


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars within cells are escaped.

    Raises:
        ValueError: a row has more or fewer cells than the head.
    """
    lines = [list(head), ["---"] * len(head), *([*row] for row in rows)]
    for line in lines:
        if len(line) != len(head):
            raise ValueError(f"{len(head)} columns, but a row of {len(line)}: {line}")
    return "".join(f"| {' | '.join(_cell(text) for text in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def code(text: str) -> str:
    """A text as code; nothing for none."""
    return f"`{text}`" if text else ""


def sentence(text: str) -> str:
    """A text that begins with a capital letter, unless it begins with code."""
    return text[:1].upper() + text[1:]


def entries(documented: object, section: str) -> dict[str, str]:
    """The names of a docstring's section (`Args`, `Attributes`), each with its text in one line.

    Raises:
        LookupError: there is no such section.
    """
    lines = iter(inspect.getdoc(documented).splitlines())  # type: ignore[union-attr]
    if not any(line == f"{section}:" for line in lines):
        raise LookupError(f"{documented!r} has no section {section} in its docstring")
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        if line and not line.startswith("    "):
            break
        entry = _ENTRY.fullmatch(line.removeprefix("    "))
        if entry is not None:
            name = entry["name"]
            found[name] = entry["text"]
        elif line:
            found[name] += f" {line.strip()}"
    return {name: sentence(text) for name, text in found.items()}


class StaleTextError(LookupError):
    """The texts for names of the code are for others than the code has."""


def texts_of(names: Iterable[str], texts: dict[str, str]) -> list[tuple[str, str]]:
    """Names with their texts, in the order of the code.

    Raises:
        StaleTextError: a name has no text, or a text no name.
    """
    known = list(names)
    if missing := [name for name in known if name not in texts]:
        raise StaleTextError(f"no text says what these are: {', '.join(missing)}")
    if left := sorted(texts.keys() - set(known)):
        raise StaleTextError(f"the code has these no more: {', '.join(left)}")
    return [(name, texts[name]) for name in known]

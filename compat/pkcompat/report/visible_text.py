"""Texts and bytes of any size as readable HTML: shortened, with invisible characters spelt out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pkcompat.report.alignment import alike_at_start
from pkcompat.report.html import element, joined
from pkcompat.traffic import Data

LONGEST = 1_000
"""How many characters are shown of texts that differ; of bytes a third as many."""

LONGEST_ALIKE = 300
"""The same for texts that do not differ."""

_BEFORE = 200  # characters before and after a difference
_SPELT = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})  # Unicode categories of invisible characters
_PLAIN = frozenset("\n\t")
_GAP = element(
    "mark",
    element("span", "‸", aria_hidden="true"),
    element("span", "something is missing here", class_="visually-hidden"),
    class_="gap",
)
_JOINER = "\N{ZERO WIDTH JOINER}"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a text that is shown.

    Attributes:
        before: the part before the mark.
        marked: the part that differs from the other texts, empty if something is missing here; None if all
            texts are the same.
        after: the part after the mark.
        cut_before: how many characters are cut off at the start.
        cut_after: how many are cut off at the end.
        length: the length of the whole text.
    """

    before: Data
    marked: Data | None
    after: Data
    cut_before: int
    cut_after: int
    length: int


def excerpt(data: Data, longest: int = LONGEST_ALIKE) -> Excerpt:
    """The start of a text or of bytes, with nothing marked."""
    longest = _length(data, longest)
    return Excerpt(data[:longest], None, data[:0], 0, max(0, len(data) - longest), len(data))


def excerpts(data: Sequence[Data], longest: int = LONGEST) -> list[Excerpt]:
    """Excerpts of texts that should be the same, around the part in which they differ, which is marked."""
    if len(set(data)) == 1:
        return [excerpt(text, longest) for text in data]
    if len({type(text) for text in data}) > 1:
        return [_marked(text, 0, len(text), longest) for text in data]
    first, *others = data
    start = min(alike_at_start(first, other) for other in others)
    rest = [text[start:][::-1] for text in data]
    tail = min(alike_at_start(rest[0], other) for other in rest[1:])
    return [_marked(text, start, len(text) - tail, longest) for text in data]


def _length(data: Data, longest: int) -> int:
    """How many characters or bytes fit into a given width; a byte is shown as two digits and a space."""
    return longest if isinstance(data, str) else max(1, longest // 3)


def _marked(data: Data, start: int, end: int, longest: int) -> Excerpt:
    longest = _length(data, longest)
    begin = max(0, start - _BEFORE) if len(data) > longest else 0
    shown_end = min(end, begin + longest)
    last = min(len(data), max(shown_end + _BEFORE, begin + longest))
    after = data[shown_end:last] if shown_end == end else data[:0]
    return Excerpt(
        data[begin:start],
        data[start:shown_end],
        after,
        begin,
        len(data) - shown_end - len(after),
        len(data),
    )


def visible(text: str) -> Markup:
    """A text as HTML; characters that are invisible or reorder others are shown as their code points."""
    return joined(_spelt(text))


def _spelt(text: str) -> Iterator[str | Markup]:
    run = 0
    for index, character in enumerate(text):
        if not _is_hidden(text, index):
            continue
        yield text[run:index]
        yield element("span", f"U+{ord(character):04X}", class_="code-point")
        run = index + 1
    yield text[run:]


def _is_hidden(text: str, index: int) -> bool:
    character = text[index]
    if character.isascii() and (character.isprintable() or character in _PLAIN):
        return False
    if unicodedata.category(character) not in _SPELT:
        return False
    # a joiner before a symbol is part of an emoji
    return not (character == _JOINER and unicodedata.category(text[index + 1 : index + 2] or " ") == "So")


def shown(what: Excerpt, ignored: Sequence[re.Pattern[str]] = ()) -> Markup:
    """An excerpt as HTML.

    Args:
        what: the excerpt.
        ignored: patterns of texts that are shown as not compared.
    """
    noun = "characters" if isinstance(what.before, str) else "bytes"
    parts: list[Markup] = []
    if isinstance(what.before, bytes):
        parts.append(element("span", _count(what.length, noun), class_="size"))
    elif what.length == 0:
        parts.append(element("span", "empty text", class_="size"))
    if what.length:
        parts.append(element("code", *_pieces(what, ignored), dir="auto"))
    if what.cut_before or what.cut_after:
        cut = _count(what.cut_before + what.cut_after, noun)
        parts.append(element("span", f"{cut} more, {what.length:,} in all", class_="size"))
    return joined(parts, " ")


def _pieces(what: Excerpt, ignored: Sequence[re.Pattern[str]]) -> Iterator[Markup | str]:
    if what.cut_before:
        yield "…"
    yield _piece(what.before, ignored)
    if what.marked:
        yield element("mark", _piece(what.marked, ignored))
    elif what.marked is not None:
        yield _GAP
    yield _piece(what.after, ignored)
    if what.cut_after:
        yield "…"


def _piece(data: Data, ignored: Sequence[re.Pattern[str]]) -> Markup:
    if isinstance(data, bytes):
        return Markup(data.hex(" ") + (" " if data else ""))
    spans = _spans(data, ignored)
    parts: list[Markup] = []
    position = 0
    for start, end in spans:
        parts += [visible(data[position:start]), element("span", visible(data[start:end]), class_="ignored")]
        position = end
    return joined([*parts, visible(data[position:])])


def _spans(text: str, patterns: Sequence[re.Pattern[str]]) -> list[tuple[int, int]]:
    """The spans where patterns match, in order, with overlapping ones merged."""
    found = sorted(match.span() for pattern in patterns for match in pattern.finditer(text) if match[0])
    spans: list[tuple[int, int]] = []
    for start, end in found:
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number != 1 else noun[:-1]}"

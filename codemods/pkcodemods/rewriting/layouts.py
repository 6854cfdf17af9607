"""Layouts: text with places where lines may break, and how they are printed in a width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a line may break.

    Attributes:
        flat: what stands there where it does not.
    """

    flat: str = ""


@dataclass(frozen=True, slots=True)
class IfBroken:
    """Text that stands there only if the lines of its group break."""

    text: str


@dataclass(frozen=True, slots=True)
class Indent:
    """Parts whose lines begin a level deeper."""

    parts: tuple[Layout, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Parts whose lines break all, or none.

    Attributes:
        parts: the parts.
        forced: whether they break whatever fits.
    """

    parts: tuple[Layout, ...]
    forced: bool = False

    @property
    def breaks(self) -> bool:
        """Whether it, or a group in it, is forced to break."""
        return self.forced or any(_is_forced(part) for part in self.parts)


Layout = str | Break | IfBroken | Indent | Group


def _is_forced(layout: Layout) -> bool:
    if isinstance(layout, Group):
        return layout.breaks
    return isinstance(layout, Indent) and any(_is_forced(part) for part in layout.parts)


@dataclass(frozen=True, slots=True)
class _Step:
    depth: int
    broken: bool
    layout: Layout


def printed(layout: Sequence[Layout], *, width: int, indent: str, start: int, reserved: int = 0) -> str:
    """A layout as text, with the fewest groups broken from the left that let each line fit.

    Args:
        layout: the layout.
        width: the longest line, in columns.
        indent: what a level is indented by.
        start: the column of the first line, and of what all lines begin with.
        reserved: the columns that the last line needs besides.
    """
    level = columns(indent)
    out: list[str] = []
    column = start
    steps = [_Step(0, True, part) for part in reversed(layout)]
    while steps:
        step = steps.pop()
        part = step.layout
        if isinstance(part, str):
            out.append(part)
            column += len(part)
        elif isinstance(part, IfBroken):
            if step.broken:
                out.append(part.text)
                column += len(part.text)
        elif isinstance(part, Break):
            if step.broken:
                out.append("\n" + indent * step.depth)
                column = start + level * step.depth
            else:
                out.append(part.flat)
                column += len(part.flat)
        elif isinstance(part, Indent):
            steps += [_Step(step.depth + 1, step.broken, inner) for inner in reversed(part.parts)]
        else:
            flat = [_Step(step.depth, False, inner) for inner in reversed(part.parts)]
            if not part.breaks and _fits(flat, steps, width - column, reserved):
                steps += flat
            else:
                steps += [_Step(step.depth, True, inner) for inner in reversed(part.parts)]
    return "".join(out)


def columns(indent: str) -> int:
    """The columns of an indentation, a tab as four."""
    return sum(4 if character == "\t" else 1 for character in indent)


def _fits(own: Sequence[_Step], rest: Sequence[_Step], room: int, reserved: int) -> bool:
    """Whether some parts fit on the line, with what comes behind them up to where that may break."""
    for step in _read(own, rest):
        part = step.layout
        if isinstance(part, str):
            room -= len(part)
        elif isinstance(part, IfBroken):
            room -= len(part.text) if step.broken else 0
        elif step.broken:
            return room >= 0
        else:
            assert isinstance(part, Break)
            room -= len(part.flat)
        if room < 0:
            return False
    return room >= reserved


def _read(own: Sequence[_Step], rest: Sequence[_Step]) -> Iterator[_Step]:
    """The parts that hold no others, in order; a group behind the own ones breaks as what it stands in."""
    waiting = [*rest, *own]
    while waiting:
        step = waiting.pop()
        if isinstance(step.layout, (Indent, Group)):
            broken = step.broken or (isinstance(step.layout, Group) and step.layout.breaks)
            waiting += [_Step(step.depth, broken, inner) for inner in reversed(step.layout.parts)]
        else:
            yield step

"""Keyword arguments in place of an option dict, laid out as the call was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import libcst as cst

_NONE, _SPACE = cst.SimpleWhitespace(""), cst.SimpleWhitespace(" ")
_LEVEL = "    "
_BRACKETED = (cst.Tuple, cst.GeneratorExp, cst.NamedExpr, cst.Yield)
"""Expressions that are no arguments without their parentheses."""
Keyword = Callable[[cst.DictElement], str]
"""Gives the name of the argument for an entry."""


def with_keywords(call: cst.Call, options: cst.Arg, keyword: Keyword) -> cst.Call:
    """A call with the entries of an option dict as arguments.

    Entries on lines of their own become arguments on lines of their own, those on one line stay on one.

    Args:
        call: the call.
        options: its argument that is the dict.
        keyword: names the arguments.
    """
    assert isinstance(options.value, cst.Dict)
    opening = _Gap.of(call.whitespace_before_args)
    inner = _Gap.of(options.value.lbrace.whitespace_after)
    items, gaps = _items(call, options, keyword)
    gaps[0] = opening.then(gaps[0])
    if not items:
        return call.with_changes(args=[], whitespace_before_args=_NONE)
    has_comments = any(gap.end is not None or gap.lines for gap in gaps)
    is_spread = inner.breaks or has_comments or any(gap.breaks for gap in gaps[1:-1])
    has_comma = _has_comma(call, options)
    hanging = opening.indent if opening.breaks else inner.indent if inner.breaks else None
    if (is_spread or (opening.breaks and has_comma)) and (hanging is not None or has_comments):
        indent = _LEVEL if hanging is None else hanging
        if inner.breaks and inner.indent != indent:
            items = [_shifted(item, inner.indent, indent) for item in items]
        end = _end_indent(call, options, opening, indent)
        return _one_a_line(call, items, gaps, (indent, end), has_comma=has_comma)
    return _on_one_line(call, items, gaps)


@dataclass(frozen=True, slots=True)
class _Gap:
    """What stands between two tokens.

    Attributes:
        breaks: whether a line ends in it.
        end: the end of that line, if that holds a comment.
        lines: the comments on lines of their own.
        indent: what the next line begins with, besides its block's indentation.
    """

    breaks: bool = False
    end: cst.TrailingWhitespace | None = None
    lines: tuple[cst.Comment, ...] = ()
    indent: str = ""

    @classmethod
    def of(cls, *spaces: cst.BaseParenthesizableWhitespace) -> _Gap:
        """That of pieces of space, one behind another."""
        gap = cls()
        for space in spaces:
            if isinstance(space, cst.ParenthesizedWhitespace):
                line = space.first_line
                own = tuple(line.comment for line in space.empty_lines if line.comment is not None)
                end = line if line.comment is not None else None
                gap = gap.then(cls(True, end, own, space.last_line.value))
        return gap

    def then(self, other: _Gap) -> _Gap:
        """This one and another behind it."""
        if not self.breaks or not other.breaks:
            return self if self.breaks else other
        comments = [other.end.comment] if other.end is not None and other.end.comment is not None else []
        return _Gap(True, self.end, (*self.lines, *comments, *other.lines), other.indent)

    def broken(self, indent: str) -> cst.ParenthesizedWhitespace:
        """The end of a line, and the indentation of the next."""
        space = cst.SimpleWhitespace(indent)
        return cst.ParenthesizedWhitespace(
            self.end or cst.TrailingWhitespace(),
            [cst.EmptyLine(whitespace=space, comment=comment) for comment in self.lines],
            indent=True,
            last_line=space,
        )


def _items(call: cst.Call, options: cst.Arg, keyword: Keyword) -> tuple[list[cst.Arg], list[_Gap]]:
    """The arguments without commas, and the gaps in front of them and behind the last."""
    items: list[cst.Arg] = []
    gaps = [_Gap()]
    for argument in call.args:
        if argument is options:
            assert isinstance(options.value, cst.Dict)
            gaps[-1] = gaps[-1].then(_Gap.of(options.value.lbrace.whitespace_after))
            for element in options.value.elements:
                assert isinstance(element, cst.DictElement)
                items.append(_argument(element, keyword(element)))
                gaps.append(_behind(element))
            gaps[-1] = gaps[-1].then(_Gap.of(options.value.rbrace.whitespace_before))
            gaps[-1] = gaps[-1].then(_behind(argument))
        else:
            plain = argument.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=_NONE)
            items.append(plain)
            gaps.append(_behind(argument))
    return items, gaps


def _behind(item: cst.Arg | cst.DictElement) -> _Gap:
    comma = item.comma
    spaces = [comma.whitespace_before, comma.whitespace_after] if isinstance(comma, cst.Comma) else []
    after = [item.whitespace_after_arg] if isinstance(item, cst.Arg) else []
    return _Gap.of(*spaces, *after)


def _argument(element: cst.DictElement, name: str) -> cst.Arg:
    value = element.value
    if not isinstance(value, _BRACKETED) and "\n" not in cst.Module([]).code_for_node(value):
        value = value.with_changes(lpar=[], rpar=[])
    return cst.Arg(value, keyword=cst.Name(name), equal=cst.AssignEqual(_NONE, _NONE))


def _has_comma(call: cst.Call, options: cst.Arg) -> bool:
    """Whether the last argument, or where that is the dict, its last entry, has a comma behind it."""
    assert isinstance(options.value, cst.Dict)
    entries = options.value.elements
    last = call.args[-1]
    if last is options and entries and isinstance(entries[-1].comma, cst.Comma):
        return _Gap.of(options.value.lbrace.whitespace_after).breaks or isinstance(last.comma, cst.Comma)
    return isinstance(last.comma, cst.Comma)


def _end_indent(call: cst.Call, options: cst.Arg, opening: _Gap, indent: str) -> str:
    """The indentation of the closing parenthesis."""
    assert isinstance(options.value, cst.Dict)
    closing = _behind(call.args[-1])
    if not closing.breaks and not opening.breaks:
        closing = _Gap.of(options.value.rbrace.whitespace_before)
    return closing.indent if closing.breaks else indent.removesuffix(_LEVEL)


def _one_a_line(
    call: cst.Call, items: list[cst.Arg], gaps: list[_Gap], indents: tuple[str, str], *, has_comma: bool
) -> cst.Call:
    indent, end = indents
    arguments = [
        item.with_changes(comma=cst.Comma(whitespace_after=gap.broken(indent)))
        for item, gap in zip(items[:-1], gaps[1:-1], strict=True)
    ]
    comma = cst.Comma() if has_comma else cst.MaybeSentinel.DEFAULT
    arguments.append(items[-1].with_changes(comma=comma, whitespace_after_arg=_last(gaps[-1], indent, end)))
    return call.with_changes(args=arguments, whitespace_before_args=gaps[0].broken(indent))


def _last(gap: _Gap, indent: str, end: str) -> cst.ParenthesizedWhitespace:
    broken = gap.broken(indent)
    return broken.with_changes(last_line=cst.SimpleWhitespace(end))


def _on_one_line(call: cst.Call, items: Sequence[cst.Arg], gaps: Sequence[_Gap]) -> cst.Call:
    """The arguments on one line; that of the parentheses, or one between theirs."""
    arguments = [item.with_changes(comma=cst.Comma(whitespace_after=_SPACE)) for item in items[:-1]]
    first, last = gaps[0], gaps[-1]
    is_hanging = _Gap.of(call.whitespace_before_args).breaks
    closing = last.broken(last.indent) if is_hanging and last.breaks else _NONE
    arguments.append(items[-1].with_changes(whitespace_after_arg=closing))
    opening = first.broken(first.indent) if is_hanging else _NONE
    return call.with_changes(args=arguments, whitespace_before_args=opening)


def _shifted(argument: cst.Arg, before: str, after: str) -> cst.Arg:
    """An argument whose further lines begin otherwise."""
    new = argument.visit(_Shift(before, after))
    assert isinstance(new, cst.Arg)
    return new


class _Shift(cst.CSTTransformer):
    def __init__(self, before: str, after: str) -> None:
        super().__init__()
        self._before = before
        self._after = after

    def leave_ParenthesizedWhitespace(  # noqa: N802 - libcst's name
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        return updated_node.with_changes(last_line=self._moved(updated_node.last_line))

    def leave_EmptyLine(  # noqa: N802 - libcst's name
        self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine
    ) -> cst.EmptyLine:
        return updated_node.with_changes(whitespace=self._moved(updated_node.whitespace))

    def _moved(self, space: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        if not space.value.startswith(self._before):
            return space
        return cst.SimpleWhitespace(self._after + space.value.removeprefix(self._before))

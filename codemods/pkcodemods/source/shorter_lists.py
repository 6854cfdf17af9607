"""Arguments and parameters without one of them, with the lines and the comments of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import libcst as cst

from pkcodemods.source.edits import Edit
from pkcodemods.source.type_comments import with_moved_signature, without_type

_Item = cst.Arg | cst.Param | cst.ParamSlash | cst.ParamStar
_Kept = TypeVar("_Kept", bound=cst.CSTNode)
_AFTER: dict[type[cst.CSTNode], str] = {
    cst.Arg: "whitespace_after_arg",
    cst.Param: "whitespace_after_param",
    cst.ParamSlash: "whitespace_after",
}
"""The field for the space behind each, and behind its comma."""
_NOTHING = cst.SimpleWhitespace("")


def shortening(index: int, further: Edit | None) -> Edit:
    """The edit of a call that goes without one of its arguments, and of what else is done to it."""
    if further is None:
        return lambda call: without_argument(call, index)
    return lambda call: further(without_argument(call, index))


def without_argument(call: cst.Call, index: int) -> cst.Call:
    """A call without one of its arguments."""
    arguments = _without(list(call.args), index, index)
    if not arguments:
        return call.with_changes(args=[], whitespace_before_args=_NOTHING)
    return call.with_changes(args=arguments)


def without_parameter(method: cst.FunctionDef, name: str) -> cst.FunctionDef:
    """A method without a parameter behind its first, nor its type in a signature comment."""
    parameters = method.params
    items: list[_Item] = [*parameters.posonly_params, parameters.posonly_ind, *parameters.params]  # type: ignore[list-item]
    items += [parameters.star_arg, *parameters.kwonly_params, parameters.star_kwarg]  # type: ignore[list-item]
    items = [item for item in items if isinstance(item, (cst.Param, cst.ParamSlash, cst.ParamStar))]
    index = next(i for i, item in enumerate(items) if isinstance(item, cst.Param) and item.name.value == name)
    own = [item.name.value for item in items if isinstance(item, cst.Param)]
    alone = len(parameters.kwonly_params) == 1 and isinstance(items[index - 1], cst.ParamStar)
    first = index - 1 if alone else index
    before, after = items[first - 1], _without(items, first, index)[first - 1]

    def kept(params: Sequence[cst.Param]) -> list[cst.CSTNode]:
        return [after if item is before else item for item in params if item is not items[index]]

    changes: dict[str, object] = {
        each: kept(getattr(parameters, each)) for each in ("posonly_params", "params", "kwonly_params")
    }
    if alone:
        changes["star_arg"] = cst.MaybeSentinel.DEFAULT
    for each in ("posonly_ind", "star_arg"):
        if getattr(parameters, each) is before:
            changes[each] = after
    shorter = method.with_changes(params=parameters.with_changes(**changes))
    return with_moved_signature(shorter, len(own) - 1, own.index(name) - 1, [])


def _without(items: list[_Kept], first: int, last: int) -> list[_Kept]:
    """Items without some that follow each other."""
    before, gone, behind = items[:first], items[last], items[last + 1 :]
    if before:
        before[-1] = _joined(before[-1], gone) if behind else _ended(before[-1], gone)
    return [*before, *behind]


def _joined(item: _Kept, gone: cst.CSTNode) -> _Kept:
    """What now stands in front of what is behind the one that goes: on lines of their own if these were."""
    own, other = getattr(item, "comma", None), getattr(gone, "comma", None)
    if not isinstance(own, cst.Comma) or not isinstance(other, cst.Comma) or _breaks(own.whitespace_after):
        return item
    after = other.whitespace_after
    comment = after.first_line.comment if isinstance(after, cst.ParenthesizedWhitespace) else None
    # A type in the comment belonged to the removed parameter.
    rest = without_type(comment.value) if comment is not None else ""
    after = _with(after, cst.Comment(rest) if rest else None)
    return item.with_changes(comma=own.with_changes(whitespace_after=after))


def _ended(item: _Kept, gone: cst.CSTNode) -> _Kept:
    """What is the last now; it ends as the one did that goes, but for the comment at its line's end."""
    field, comma = _AFTER[type(item)], getattr(gone, "comma", None)
    after = getattr(gone, _AFTER[type(gone)])
    own = getattr(item, "comma", None)
    comment: cst.Comment | None = None
    before: cst.BaseParenthesizableWhitespace = _NOTHING
    if isinstance(own, cst.Comma):
        before = own.whitespace_before
        if isinstance(own.whitespace_after, cst.ParenthesizedWhitespace):
            comment = own.whitespace_after.first_line.comment
    if isinstance(comma, cst.Comma):
        comma = comma.with_changes(
            whitespace_before=before, whitespace_after=_with(comma.whitespace_after, comment)
        )
        if _breaks(comma.whitespace_after):
            comment = None
    else:
        comma = cst.MaybeSentinel.DEFAULT
    return item.with_changes(comma=comma, **{field: _with(after, comment)})


def _breaks(whitespace: cst.BaseParenthesizableWhitespace) -> bool:
    return isinstance(whitespace, cst.ParenthesizedWhitespace)


def _with(
    whitespace: cst.BaseParenthesizableWhitespace, comment: cst.Comment | None
) -> cst.BaseParenthesizableWhitespace:
    """A space whose first line ends with a comment, if it is more than one."""
    if not isinstance(whitespace, cst.ParenthesizedWhitespace):
        return whitespace
    space = cst.SimpleWhitespace("" if comment is None else "  ")
    line = whitespace.first_line.with_changes(whitespace=space, comment=comment)
    return whitespace.with_changes(first_line=line)

"""Type comments: `x = []  # type: List[Room]`, `def f(a):  # type: (Room) -> None`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import libcst as cst

from pkcodemods.source.parsing import parse_text

_COMMENT = re.compile(
    r"(?P<lead>#\s*+type:\s*+)(?P<type>(?!ignore\b)(?:[^#\s]++(?:\s++(?=[^#\s]))?)*+)(?P<rest>\s*+(?:#.*)?)$"
)
_SIGNATURE = re.compile(r"\((?P<arguments>.*)\)\s*->\s*(?P<returns>.+)$")

Rename = Callable[[cst.BaseExpression], str | None]
"""The source of a type with its new names; None if it holds no old ones."""


def is_type_comment(comment: str) -> bool:
    """Whether a comment gives a type, and is not a mere `# type: ignore`."""
    return _COMMENT.match(comment) is not None


def without_type(comment: str) -> str:
    """The text behind the type in a type comment, or nothing."""
    match = _COMMENT.match(comment)
    return comment if match is None or not _is_type(match["type"]) else match["rest"].strip()


def _is_type(text: str) -> bool:
    """Whether a text is a type or a signature, and no prose."""
    match = _SIGNATURE.match(text)
    texts = [text] if match is None else [*_split(match["arguments"]), match["returns"]]
    return all(parse_text(each.lstrip("*").strip()) is not None for each in texts)


def rename_type_comments(tree: cst.Module, rename: Rename) -> cst.Module:
    """The tree with the types in its type comments renamed."""

    class Comments(cst.CSTTransformer):
        def leave_Comment(  # noqa: N802 - libcst's name
            self, original_node: cst.Comment, updated_node: cst.Comment
        ) -> cst.Comment:
            return updated_node.with_changes(value=_renamed(updated_node.value, rename))

    return tree.visit(Comments())


def _renamed(comment: str, rename: Rename) -> str:
    match = _COMMENT.match(comment)
    if match is None:
        return comment
    signature = _SIGNATURE.match(match["type"])
    if signature is None:
        new = _renamed_type(match["type"], rename)
    else:
        arguments = ", ".join(_renamed_type(part, rename) for part in _split(signature["arguments"]))
        new = f"({arguments}) -> {_renamed_type(signature['returns'], rename)}"
    return comment if new == match["type"] else match["lead"] + new + match["rest"]


def _renamed_type(text: str, rename: Rename) -> str:
    stars = text[: len(text) - len(text.lstrip("*"))]
    expression = parse_text(text[len(stars) :].strip())
    if expression is None:
        return text
    return stars + (rename(expression) or text[len(stars) :].strip())


def _split(arguments: str) -> list[str]:
    """The arguments of a signature: commas inside of brackets part nothing."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(arguments):
        depth += (character in "[(") - (character in "])")
        if character == "," and not depth:
            parts.append(arguments[start:index].strip())
            start = index + 1
    parts.append(arguments[start:].strip())
    return [part for part in parts if part]


def has_signature_comment(function: cst.FunctionDef) -> bool:
    """Whether a function has its signature in comments, in parts or as a whole."""
    body = function.body
    if not isinstance(body, cst.IndentedBlock) or not body.body:
        return False
    lines = [body.header, *getattr(body.body[0], "leading_lines", ())]
    comments = [line.comment.value for line in lines if line.comment is not None]
    return any((m := _COMMENT.match(text)) is not None and _SIGNATURE.match(m["type"]) for text in comments)


def with_moved_signature(
    function: cst.FunctionDef, taken: int, gone: int | None, added: Sequence[str]
) -> cst.FunctionDef:
    """A function with its signature comment adapted to the method's arguments.

    Args:
        function: the function.
        taken: how many arguments it had.
        gone: which of them went.
        added: the types of the arguments that came.
    """

    def edit(comment: str) -> str:
        match = _COMMENT.match(comment)
        signature = _SIGNATURE.match(match["type"]) if match is not None else None
        if match is None or signature is None:
            return comment
        arguments = _split(signature["arguments"])
        if len(arguments) != taken:
            return comment
        kept = [part for index, part in enumerate(arguments) if index != gone]
        inside = ", ".join([*kept, *added])
        return f"{match['lead']}({inside}) -> {signature['returns']}{match['rest']}"

    body = function.body
    if not isinstance(body, cst.IndentedBlock) or not body.body:
        return function
    header = body.header
    if header.comment is not None:
        header = header.with_changes(comment=cst.Comment(edit(header.comment.value)))
    first = body.body[0]
    lines = [
        line if line.comment is None else line.with_changes(comment=cst.Comment(edit(line.comment.value)))
        for line in getattr(first, "leading_lines", ())
    ]
    statements = [first.with_changes(leading_lines=lines) if lines else first, *body.body[1:]]
    return function.with_changes(body=body.with_changes(header=header, body=statements))

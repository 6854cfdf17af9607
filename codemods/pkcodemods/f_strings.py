"""Edits inside of f-strings, whose text is bound by the f-string's own braces and quotes."""

from __future__ import annotations

from collections.abc import Container

import libcst as cst


def spelled_out(
    original: cst.FormattedStringExpression, updated: cst.FormattedStringExpression
) -> cst.CSTNode:
    """`f"{room.id=}"` still shows the old text."""
    assert original.equal is not None
    module = cst.Module([])
    text = "".join(
        module.code_for_node(part)
        for part in (original.whitespace_before_expression, original.expression, original.equal)
    )
    plain = updated.conversion is None and updated.format_spec is None
    return cst.FlattenSentinel(  # type: ignore[return-value]
        [
            cst.FormattedStringText(text.replace("{", "{{").replace("}", "}}")),
            with_room_for_brace(
                updated.with_changes(
                    equal=None,
                    conversion="r" if plain else updated.conversion,
                    whitespace_before_expression=cst.SimpleWhitespace(""),
                )
            ),
        ]
    )


def with_room_for_brace(node: cst.FormattedStringExpression) -> cst.FormattedStringExpression:
    """`{ {a: b} }`: two braces in a row would be a brace of the text."""
    code = cst.Module([]).code_for_node(node.expression)
    if code.startswith("{") and not cst.Module([]).code_for_node(node.whitespace_before_expression):
        return node.with_changes(whitespace_before_expression=cst.SimpleWhitespace(" "))
    return node


def with_other_quotes(node: cst.FormattedString, known: Container[cst.CSTNode]) -> cst.FormattedString:
    """An f-string whose new strings do not end it: before Python 3.12 they must have other quotes.

    Args:
        node: the f-string.
        known: the nodes that stood in the source; their quotes stay.
    """
    outer = node.quote[0]
    other = "'" if outer == '"' else '"'

    class Quotes(cst.CSTTransformer):
        def leave_SimpleString(  # noqa: N802 - libcst's name
            self, original_node: cst.SimpleString, updated_node: cst.SimpleString
        ) -> cst.SimpleString:
            if original_node in known or original_node.quote != outer:
                return updated_node
            return updated_node.with_changes(value=f"{other}{original_node.raw_value}{other}")

    changed = node.visit(Quotes())
    assert isinstance(changed, cst.FormattedString)
    return changed

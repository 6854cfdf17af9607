"""Texts that are made of constants: of modules, of classes, of enumerations of texts."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from pkcodemods.source.class_chains import definition_of
from pkcodemods.source.program import Program
from pkcodemods.source.scopes import Binding, ScopeType

_ENUMS_OF_TEXT = (["enum.StrEnum"], ["builtins.str", "enum.Enum"])
_DEPTH = 20


def constant_text(program: Program, node: cst.BaseExpression, depth: int = 0) -> str | None:
    """The text that an expression always evaluates to; None where that is unknown.

    Args:
        program: the modules.
        node: the expression.
        depth: how many names were followed to it.
    """
    if depth > _DEPTH:  # names that are made of each other
        return None
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        text = node.evaluated_value
        return text if isinstance(text, str) else None
    if isinstance(node, cst.FormattedString):
        return _formatted(program, node, depth)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        return _joined(constant_text(program, part, depth + 1) for part in (node.left, node.right))
    if not isinstance(node, (cst.Name, cst.Attribute)):
        return None
    binding = definition_of(program, node)
    if binding is not None and binding.scope.type is ScopeType.MODULE:
        return _held(program, binding, depth)
    return _member(program, node, depth) if isinstance(node, cst.Attribute) else None


def _joined(texts: Iterable[str | None]) -> str | None:
    known = list(texts)
    return None if None in known else "".join(text for text in known if text is not None)


def _formatted(program: Program, node: cst.FormattedString, depth: int) -> str | None:
    texts: list[str | None] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            plain = "\\" not in part.value
            texts.append(part.value.replace("{{", "{").replace("}}", "}") if plain else None)
        elif isinstance(part, cst.FormattedStringExpression):
            as_it_is = part.conversion is None and part.equal is None and not part.format_spec
            is_text = as_it_is and not _is_of_enum(program, part.expression)
            texts.append(constant_text(program, part.expression, depth + 1) if is_text else None)
    return _joined(texts)


def _held(program: Program, binding: Binding, depth: int) -> str | None:
    """The text that a name is bound to, by its only assignment."""
    store = binding.sole_store()
    if store is None or not isinstance(store.node, (cst.Assign, cst.AnnAssign)) or store.node.value is None:
        return None
    targets = store.node.targets if isinstance(store.node, cst.Assign) else ()
    if any(not isinstance(target.target, cst.Name) for target in targets):
        return None
    return constant_text(program, store.node.value, depth + 1)


def _member(program: Program, node: cst.Attribute, depth: int) -> str | None:
    """The text of `Keys.CONNECT`, or of `Keys.CONNECT.value` where that is an enumeration."""
    if node.attr.value == "value" and _is_of_enum(program, node.value):
        return constant_text(program, node.value, depth + 1)
    owner = _class(program, node.value)
    if owner is None or not _is_plain(program, owner) or _is_changed(program, node):
        return None
    binding = program.scope_of(owner).bindings.get(node.attr.value)
    return _held(program, binding, depth) if binding is not None else None


def _class(program: Program, node: cst.BaseExpression) -> cst.ClassDef | None:
    """The class that a name stands for, if nothing else binds it."""
    binding = definition_of(program, node) if isinstance(node, (cst.Name, cst.Attribute)) else None
    store = binding.sole_store() if binding is not None else None
    return store.node if store is not None and isinstance(store.node, cst.ClassDef) else None


def _bases(program: Program, node: cst.ClassDef) -> list[str]:
    return [program.qualified_name(base.value) or "" for base in node.bases]


def _is_plain(program: Program, node: cst.ClassDef) -> bool:
    """Whether attributes of a class are what is written there, or members of an enumeration of texts."""
    return not node.decorators and not node.keywords and _bases(program, node) in ([], *_ENUMS_OF_TEXT)


def _is_of_enum(program: Program, node: cst.BaseExpression) -> bool:
    """Whether an expression is a member of an enumeration, which formats in a way of its own."""
    owner = _class(program, node.value) if isinstance(node, cst.Attribute) else None
    return owner is not None and _bases(program, owner) in _ENUMS_OF_TEXT


def _is_changed(program: Program, node: cst.Attribute) -> bool:
    """Whether some code gives an attribute of that name a value, or may by `setattr`."""
    for other in program.nodes():
        if isinstance(other, cst.Attribute) and other.attr.value == node.attr.value:
            if program.is_stored(other):
                return True
        elif isinstance(other, cst.Name) and other.value in ("setattr", "delattr"):
            return True
    return False

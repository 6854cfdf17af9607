"""Checks of every module that the codemod writes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator

import libcst as cst

from pkcodemods.api import SERVER_TYPE, TYPES
from pkcodemods.errors import OutputError
from pkcodemods.source import IMPORTING, SourceModule, dotted_name, is_for_any_python, python_tree

_F_STRING = re.compile(r"\b(?:[fF][rR]?|[rR][fF])[\"']")
_OURS = ("partykit", "pkcompat")


def check_parses(code: str, source: str) -> None:
    """Check that a module that could be parsed still can be.

    Args:
        code: the new source.
        source: the old one.

    Raises:
        OutputError: it cannot be.
    """
    try:
        python_tree(code)
        if sys.version_info >= (3, 12) and not _f_strings_are_for(code, source):
            raise OutputError("an f-string of what came out does not parse on Python 3.11, as it did before")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        if _is_older_than(source):
            _check_with_libcst(code)
            return
        raise OutputError(f"what came out does not parse: {error}") from error


def _f_strings_are_for(code: str, source: str) -> bool:
    """Whether Pythons that could read the f-strings of a source still can."""
    if not _F_STRING.search(code) or _is_older_than(source):
        return True
    return is_for_any_python(cst.parse_module(code)) or not is_for_any_python(cst.parse_module(source))


def _is_older_than(source: str) -> bool:
    """Whether this Python is too old for a source, or cannot cope with its nesting."""
    try:
        python_tree(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return True
    return False


def _check_with_libcst(code: str) -> None:
    try:
        cst.parse_module(code)
    except cst.ParserSyntaxError as error:
        raise OutputError(f"what came out does not parse: {error.message}") from error


def old_imports(
    module: SourceModule, nodes: Iterable[cst.CSTNode], legacy_modules: tuple[str, ...]
) -> Iterator[tuple[str, cst.CSTNode]]:
    """Where the modules of the object form, or the bridge, are still imported: what, and the node.

    Args:
        module: the module that the nodes are of; relative imports go by its name.
        nodes: the nodes to look at.
        legacy_modules: the modules whose names are those of the object form.
    """
    for node in nodes:
        if isinstance(node, cst.Import):
            for alias in node.names:
                name = dotted_name(alias.name) or ""
                if _is_old_module(name, legacy_modules):
                    yield name, node
        elif isinstance(node, cst.ImportFrom):
            name = module.imported_module(node)
            if _takes_old(name, node, legacy_modules):
                yield name, node
        elif isinstance(node, cst.Call):
            for argument in node.args:
                text = _text(argument.value)
                if text is not None and _is_old_module(text, legacy_modules) and _imports(node.func):
                    yield text, node


def _is_old_module(name: str, legacy_modules: tuple[str, ...]) -> bool:
    """Whether a dotted name is an old module, or something in it."""
    return any(name == root or name.startswith(f"{root}.") for root in (*_OURS, *legacy_modules))


def _takes_old(name: str, node: cst.ImportFrom, legacy_modules: tuple[str, ...]) -> bool:
    """Whether a `from` import takes something of the object form: a user's own module may hold more."""
    if any(name == root or name.startswith(f"{root}.") for root in _OURS):
        return True
    if isinstance(node.names, cst.ImportStar):
        return name in legacy_modules
    names = [alias.evaluated_name for alias in node.names]
    if name in legacy_modules:
        return any(each in TYPES or each == SERVER_TYPE for each in names)
    return any(f"{name}.{each}" in legacy_modules for each in names)


def _text(node: cst.BaseExpression) -> str | None:
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return value if isinstance(value, str) else None


def _imports(function: cst.BaseExpression) -> bool:
    """Whether a function is one that imports what it is handed the name of."""
    name = function.attr if isinstance(function, cst.Attribute) else function
    return isinstance(name, cst.Name) and name.value in IMPORTING

"""Parsing a source, with errors that name line and reason."""

from __future__ import annotations

import ast

import libcst as cst

from pkcodemods.errors import SourceError


def parse(source: str) -> cst.Module:
    """The tree of a source.

    Raises:
        SourceError: it is no Python.
    """
    try:
        return cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        raise _explained(source, error) from error


def _explained(source: str, error: cst.ParserSyntaxError) -> SourceError:
    """The error in CPython's words where CPython has some: they are better known."""
    try:
        ast.parse(source)
    except SyntaxError as known:
        return SourceError(f"{known.msg}", known.lineno or error.raw_line, known.offset or 1)
    except (ValueError, MemoryError, RecursionError):
        pass
    return SourceError("the source cannot be parsed", error.raw_line, error.raw_column + 1)

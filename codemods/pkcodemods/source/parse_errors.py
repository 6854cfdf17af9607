"""What LibCST raises for a source that it cannot parse, in CPython's words."""

from __future__ import annotations

import libcst as cst

from pkcodemods.errors import SourceError
from pkcodemods.source.python_trees import python_tree

UNPARSABLE = (cst.ParserSyntaxError, cst.CSTValidationError)
"""What LibCST raises: for its grammar, or, without a place, for what its nodes demand of each other."""


def explained(source: str, error: cst.ParserSyntaxError | cst.CSTValidationError) -> SourceError:
    """The error of a source in CPython's words where CPython has some: they are better known."""
    if isinstance(error, cst.ParserSyntaxError):
        unknown = SourceError("the source cannot be parsed", error.raw_line, error.raw_column + 1)
    else:
        unknown = SourceError(f"the source cannot be parsed by LibCST: {error}")
    try:
        python_tree(source)
    except SyntaxError as known:
        return SourceError(f"{known.msg}", known.lineno or unknown.line, known.offset or 1)
    except (ValueError, MemoryError, RecursionError):
        pass
    return unknown

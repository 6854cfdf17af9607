"""What Python's own parser makes of a source, without a word of warning."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unwarned() -> Iterator[None]:
    """Without Python's warnings about what it reads: they are for those to hear who run a source.

    LibCST reads literals by Python's parser, too.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def python_tree(source: str) -> ast.Module:
    """The tree of a source.

    Raises:
        SyntaxError: this Python does not read it.
        ValueError: it holds what no source can.
        MemoryError: it is nested past the parser's bound.
        RecursionError: it is nested more deeply than this thread can follow.
    """
    with unwarned():
        return ast.parse(source)


def compiler_error(source: str) -> SyntaxError | None:
    """Why Python's compiler refuses what its parser takes, such as a `break` outside of a loop.

    None if it refuses nothing, or if this Python's parser does not read the source: a newer one may.
    """
    try:
        with unwarned():
            compile(source, "<source>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error if _is_parsed(source) else None
    except (ValueError, MemoryError, RecursionError):
        pass
    return None


def _is_parsed(source: str) -> bool:
    try:
        python_tree(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def are_alike(source: str, other: str) -> bool:
    """Whether two sources are the same to this Python but for places and comments."""
    try:
        return ast.dump(python_tree(source)) == ast.dump(python_tree(other))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False

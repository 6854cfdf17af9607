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

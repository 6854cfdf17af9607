"""Signatures of callables, whatever their annotations name."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from inspect import Signature
from typing import Any

if sys.version_info >= (3, 14):
    from annotationlib import Format

    _AS_THEY_ARE: dict[str, Any] = {"annotation_format": Format.FORWARDREF}
else:
    _AS_THEY_ARE: dict[str, Any] = {}


def signature_of(callback: Callable[..., Any], *, follow_wrapped: bool = True) -> Signature:
    """The signature of a callable, as `inspect.signature` has it.

    From Python 3.14 on annotations are only evaluated when they are asked for; names in them that are there
    for type checkers alone (`if TYPE_CHECKING:`) must not fail then.

    Raises:
        TypeError, ValueError: it has none, as some builtins.
    """
    return inspect.signature(callback, follow_wrapped=follow_wrapped, **_AS_THEY_ARE)

"""How many of the arguments that a handler is offered it takes, as in JavaScript."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from pkcompat.errors import LegacyPartyError

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def arguments_taken(handler: Callable[..., Any], offered: Sequence[str], name: str) -> int:
    """How many of the offered arguments to call a handler with.

    Args:
        handler: any callable; `functools.wraps` and `partial` are looked through.
        offered: the names of what it is offered.
        name: the handler's name, for the error.

    Raises:
        LegacyPartyError: it cannot be called so; a `TypeError` that names what it is offered.
    """
    try:
        parameters = list(inspect.signature(handler).parameters.values())
    except (TypeError, ValueError):  # some builtins have no signature
        return len(offered)
    what = f"it is offered ({', '.join(offered)})"
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and parameter.default is inspect.Parameter.empty:
            raise LegacyPartyError(
                f"{name} requires the keyword argument {parameter.name!r}, "
                f"and is called with positional ones: {what}"
            )
    positional = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    required = [parameter for parameter in positional if parameter.default is inspect.Parameter.empty]
    if len(required) > len(offered):
        missing = ", ".join(repr(parameter.name) for parameter in required[len(offered) :])
        raise LegacyPartyError(f"{name} requires more than it is offered, {missing}: {what}")
    if any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters):
        return len(offered)
    return min(len(positional), len(offered))

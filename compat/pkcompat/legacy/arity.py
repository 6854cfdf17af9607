"""How many of the offered arguments a handler takes: as in JavaScript, it may take fewer."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from types import MethodType
from typing import Any

from pkcompat.errors import LegacyPartyError

Handler = Callable[..., Any]

_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_ANYTHING = Signature([Parameter("arguments", Parameter.VAR_POSITIONAL)])


def arguments_taken(handler: Handler, offered: Sequence[str], name: str) -> int:
    """How many of the offered arguments to call a handler with.

    As many as it has positional parameters, including those with a default; all of them if it has `*args`, or
    no signature, as some builtins. This sees through `functools.partial`, and through decorators that use
    `functools.wraps` and pass on all arguments.

    Args:
        handler: any callable.
        offered: the names of the arguments.
        name: the handler's name, for errors.

    Raises:
        LegacyPartyError: it cannot be called like that; a `TypeError` that names the arguments.
    """
    own = _signature(handler)
    offer = f"it is offered ({', '.join(offered)})"
    for parameter in own.parameters.values():
        if parameter.kind is Parameter.KEYWORD_ONLY and parameter.default is Parameter.empty:
            raise LegacyPartyError(
                f"{name} requires the keyword argument {parameter.name!r}, "
                f"and is called with positional ones: {offer}"
            )
    required = _required(own)
    if len(required) > len(offered):
        missing = ", ".join(map(repr, required[len(offered) :]))
        raise LegacyPartyError(f"{name} requires more than it is offered, {missing}: {offer}")
    counting = signature_that_counts(handler)
    if _takes_anything(counting) or len(_required(counting)) > len(offered):  # a wrapper may add arguments
        return len(offered)
    return min(len(_positional(counting)), len(offered))


def signature_that_counts(handler: Handler) -> Signature:
    """The signature of a callable; of a wrapper that takes anything, that of the wrapped callable."""
    signature = _signature(handler)
    while _takes_anything(signature):
        wrapped = _wrapped(handler)
        if wrapped is None:
            break
        handler, signature = wrapped, _signature(wrapped)
    return signature


def _signature(handler: Handler) -> Signature:
    from partyserver.handler_calls import signature_of

    if isinstance(handler, functools.partial):
        inner = signature_that_counts(handler.func)
        try:
            return signature_of(functools.partial(_with_signature(inner), *handler.args, **handler.keywords))
        except ValueError:  # the partial has arguments that its function does not take; calling it will raise
            return _ANYTHING
    try:
        return signature_of(handler, follow_wrapped=False)
    except (TypeError, ValueError):  # some builtins have no signature
        return _ANYTHING


def _with_signature(signature: Signature) -> Handler:
    def stand_in(*args: Any, **kwargs: Any) -> None: ...

    stand_in.__signature__ = signature  # type: ignore[attr-defined]
    return stand_in


def _positional(signature: Signature) -> list[Parameter]:
    return [parameter for parameter in signature.parameters.values() if parameter.kind in _POSITIONAL]


def _required(signature: Signature) -> list[str]:
    return [parameter.name for parameter in _positional(signature) if parameter.default is Parameter.empty]


def _takes_anything(signature: Signature) -> bool:
    return any(parameter.kind is Parameter.VAR_POSITIONAL for parameter in signature.parameters.values())


def _wrapped(handler: Handler) -> Handler | None:
    wrapped = getattr(handler, "__wrapped__", None)
    if isinstance(handler, MethodType) and callable(wrapped):
        return MethodType(wrapped, handler.__self__)
    if callable(wrapped):
        register = getattr(handler, "register", None)
        if isinstance(getattr(register, "__self__", None), functools.singledispatchmethod):
            return functools.partial(wrapped, None)  # a bound singledispatchmethod wraps the unbound function
        return wrapped  # type: ignore[no-any-return]
    call = getattr(handler, "__call__", None)  # noqa: B004 - an object's method, which may be behind a decorator
    return _wrapped(call) if isinstance(call, MethodType) else None

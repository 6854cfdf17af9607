"""Whether a class can be served as a party: its options, and its handlers' names and parameters."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import Signature
from types import FunctionType

from partyserver.exceptions import PartyClassError
from partyserver.handler_calls import signature_of
from partyserver.rooms.handler_slips import missed_name
from partyserver.rooms.party_server import PartyServer, ServerOptions, defines


@dataclass(frozen=True, slots=True)
class _Handler:
    """What a handler is called with.

    Attributes:
        offered: the names of its arguments, besides `self`.
        static: whether it runs where there is no room.
    """

    offered: tuple[str, ...]
    static: bool = False


_HOOK = _Handler(("request", "lobby", "ctx"), static=True)
_HANDLERS = {
    "on_start": _Handler(()),
    "get_connection_tags": _Handler(("connection", "ctx")),
    "on_connect": _Handler(("connection", "ctx")),
    "on_message": _Handler(("message", "sender")),
    "on_close": _Handler(("connection",)),
    "on_error": _Handler(("connection", "error")),
    "on_request": _Handler(("request",)),
    "on_alarm": _Handler(()),
    "on_before_connect": _HOOK,
    "on_before_request": _HOOK,
    "on_fetch": _HOOK,
    "on_socket": _Handler(("socket", "lobby", "ctx"), static=True),
    "on_cron": _Handler(("cron", "lobby", "ctx"), static=True),
}


def check_party_class(server_class: type[PartyServer]) -> None:
    """Refuse a class that would not be served as it is meant.

    Args:
        server_class: the class.

    Raises:
        PartyClassError: a `TypeError`: `options` is no `ServerOptions`; a method is named nearly as a handler
            is, and `ServerOptions(own_names=...)` does not say that it is none; a handler cannot be called
            with what it is offered.
    """
    options = server_class.options
    if not isinstance(options, ServerOptions):
        raise PartyClassError(
            f"{server_class.__qualname__}.options must be a ServerOptions, got {options!r}; "
            "for example: options = ServerOptions(hibernate=True)"
        )
    for owner, name in _own_methods(server_class):
        meant = None if name in options.own_names else missed_name(name, _HANDLERS)
        if meant is not None:
            raise PartyClassError(
                f"{owner.__qualname__}.{name} is no handler and is never called; did you mean {meant}? "
                f'If it is a method of its own: options = ServerOptions(own_names=("{name}",))'
            )
    for name, handler in _HANDLERS.items():
        if defines(server_class, name):
            _check_call(server_class, name, handler)


def _own_methods(server_class: type[PartyServer]) -> Iterator[tuple[type, str]]:
    """The methods that the class and its bases define, with the class that defines each."""
    for owner in server_class.__mro__:
        if owner in (PartyServer, object):
            continue
        for name, value in vars(owner).items():
            if callable(value) or isinstance(value, (staticmethod, classmethod)):
                yield owner, name


def _check_call(server_class: type[PartyServer], name: str, handler: _Handler) -> None:
    shown = f"{server_class.__qualname__}.{name}"
    found = inspect.getattr_static(server_class, name)
    call = _call(found, handler)
    if call is None:
        return
    called, arguments = call
    if not callable(called):
        raise PartyClassError(
            f"{shown} must be a method, got {found!r}; leave out a handler that there is none of"
        )
    if _plainly_takes(called, len(arguments)):
        return
    try:
        signature = _without_annotations(signature_of(called, follow_wrapped=False))
    except (TypeError, ValueError):  # some builtins have none
        return
    try:
        signature.bind(*arguments)
    except TypeError as error:
        wanted = f"def {name}({', '.join(arguments)})"
        if handler.static:
            wanted = (
                f"@staticmethod, def {name}({', '.join(handler.offered)}): it runs where there is no room"
            )
        raise PartyClassError(f"{shown}{signature} cannot be called ({error}); write {wanted}") from None


def _call(found: object, handler: _Handler) -> tuple[object, tuple[str, ...]] | None:
    """What is called for a handler, and with what; None where that is only known when it runs."""
    if isinstance(found, staticmethod):
        return found.__func__, handler.offered
    if isinstance(found, classmethod):
        return found.__func__, ("cls", *handler.offered)
    if inspect.isfunction(found):
        return found, handler.offered if handler.static else ("self", *handler.offered)
    if hasattr(type(found), "__get__"):
        return None
    return found, handler.offered


def _plainly_takes(called: object, count: int) -> bool:
    """Whether a function can be called with so many positional arguments, as far as its code alone says so;
    its signature, which takes ten times as long to make, is looked at only otherwise."""
    if type(called) is not FunctionType or "__signature__" in called.__dict__:
        return False
    code, defaults = called.__code__, called.__defaults__ or ()
    if code.co_kwonlyargcount > len(called.__kwdefaults__ or ()):
        return False
    return code.co_argcount - len(defaults) <= count <= code.co_argcount


def _without_annotations(signature: Signature) -> Signature:
    parameters = [each.replace(annotation=Signature.empty) for each in signature.parameters.values()]
    return Signature(parameters)

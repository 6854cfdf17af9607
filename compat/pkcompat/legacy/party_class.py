"""`legacy_to_class`: a `PartyServer` class out of an object of handlers."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from partyserver import PartyServer, ServerOptions
from pkcompat.handler_names import BY_SPELLING
from pkcompat.legacy.arity import arguments_taken
from pkcompat.legacy.lobby import LegacyCron, LegacyExecutionContext, legacy_lobby
from pkcompat.legacy.reading import read_handlers
from pkcompat.legacy.room import legacy_room
from pkcompat.legacy.sockets import LegacySocket, legacy_connection

Handler = Callable[..., Any]


def legacy_to_class(obj: object, *, name: str | None = None) -> type[PartyServer]:
    """A `PartyServer` class that behaves, event by event, as the object of handlers does on PartyKit.

    It hibernates exactly when the object would: where it has `onMessage`, or has no `onConnect`.

    Args:
        obj: a dict of handlers, `PartyKitServer(...)`, a namespace, an instance of a handler class, or a
            module whose functions are the handlers, in PartyKit's spelling or in snake_case; or a
            `PartyServer` class, which comes back as it is.
        name: the class's name.

    Raises:
        LegacyPartyError: a `TypeError`: a handler is no function or requires more than it is offered, a name
            is no handler (the message has the nearest), a handler comes in two spellings, there is none.
    """
    if isinstance(obj, type) and issubclass(obj, PartyServer):
        return obj
    handlers = read_handlers(obj)
    namespace: dict[str, Any] = {
        "__doc__": f"The class form of {_source(obj)}.",
        "__module__": getattr(obj, "__name__", None) if isinstance(obj, ModuleType) else type(obj).__module__,
        "options": ServerOptions(hibernate="on_message" in handlers or "on_connect" not in handlers),
    }
    for method, handler in handlers.items():
        taken = arguments_taken(handler.function, BY_SPELLING[method].offered, handler.name)
        namespace[method] = _METHODS[method](handler.function, taken)
    return type(name or _class_name(obj), (PartyServer,), namespace)


def _source(obj: object) -> str:
    return f"module {obj.__name__}" if isinstance(obj, ModuleType) else f"a {type(obj).__name__} of handlers"


def _class_name(obj: object) -> str:
    if isinstance(obj, ModuleType):
        return (
            "".join(part.capitalize() for part in obj.__name__.rsplit(".", 1)[-1].split("_")) or "LegacyParty"
        )
    return "LegacyParty" if type(obj).__name__ in ("dict", "SimpleNamespace") else type(obj).__name__


def _on_connect(handler: Handler, taken: int) -> Handler:
    def on_connect(self: PartyServer, connection: Any, ctx: Any) -> Any:
        return handler(*(legacy_connection(connection), legacy_room(self.room), ctx)[:taken])

    return on_connect


def _on_message(handler: Handler, taken: int) -> Handler:
    def on_message(self: PartyServer, message: Any, sender: Any) -> Any:
        return handler(*(message, legacy_connection(sender), legacy_room(self.room))[:taken])

    return on_message


def _on_close(handler: Handler, taken: int) -> Handler:
    def on_close(self: PartyServer, connection: Any) -> Any:
        return handler(*(legacy_connection(connection), legacy_room(self.room))[:taken])

    return on_close


def _on_error(handler: Handler, taken: int) -> Handler:
    def on_error(self: PartyServer, connection: Any, error: Any) -> Any:
        return handler(*(legacy_connection(connection), error, legacy_room(self.room))[:taken])

    return on_error


def _on_request(handler: Handler, taken: int) -> Handler:
    def on_request(self: PartyServer, request: Any) -> Any:
        return handler(*(request, legacy_room(self.room))[:taken])

    return on_request


def _on_alarm(handler: Handler, taken: int) -> Handler:
    def on_alarm(self: PartyServer) -> Any:
        return handler(*(legacy_room(self.room),)[:taken])

    return on_alarm


def _static(view: Callable[[Any], Any]) -> Callable[[Handler, int], Any]:
    """A static hook, whose first argument is shown through a view."""

    def wrap(handler: Handler, taken: int) -> Any:
        def hook(subject: Any, lobby: Any, ctx: Any) -> Any:
            return handler(*(view(subject), legacy_lobby(lobby), LegacyExecutionContext(ctx))[:taken])

        return staticmethod(hook)

    return wrap


def _as_it_is(request: Any) -> Any:
    return request


_METHODS: dict[str, Callable[[Handler, int], Any]] = {
    "on_connect": _on_connect,
    "on_message": _on_message,
    "on_close": _on_close,
    "on_error": _on_error,
    "on_request": _on_request,
    "on_alarm": _on_alarm,
    "on_before_connect": _static(_as_it_is),
    "on_before_request": _static(_as_it_is),
    "on_fetch": _static(_as_it_is),
    "on_socket": _static(LegacySocket),
    "on_cron": _static(LegacyCron),
}

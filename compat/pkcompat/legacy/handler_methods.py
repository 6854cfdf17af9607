"""Methods of a class that call the handlers of an object, with the arguments in the object's order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from partyserver import PartyServer
from pkcompat.legacy.lobby import (
    legacy_connection_context,
    legacy_cron,
    legacy_execution_context,
    legacy_lobby,
)
from pkcompat.legacy.sockets import legacy_connection, legacy_socket

Handler = Callable[..., Any]


def handler_method(method: str, handler: Handler, taken: int) -> Any:
    """Make the method of a class that calls a handler.

    Args:
        method: the class form's method name.
        handler: called with objects that have the old names; the host awaits what it returns.
        taken: how many of the arguments it takes.
    """
    return _METHODS[method](_first(handler, taken))


def _first(handler: Handler, taken: int) -> Handler:
    """Make a function of three arguments that calls a handler with the first so many of them."""
    # No `*arguments[:taken]`: these calls are made once for each event.
    calls: dict[int, Handler] = {
        0: lambda a=None, b=None, c=None: handler(),
        1: lambda a, b=None, c=None: handler(a),
        2: lambda a, b, c=None: handler(a, b),
        3: handler,
    }
    return calls[taken]


# The methods, each called once for each event of its kind; `self.room` has the old names (LegacyServer).


def _on_connect(handler: Handler) -> Handler:
    def on_connect(self: PartyServer, connection: Any, ctx: Any) -> Any:
        return handler(legacy_connection(connection), self.room, legacy_connection_context(ctx))

    return on_connect


def _on_message(handler: Handler) -> Handler:
    def on_message(self: PartyServer, message: Any, sender: Any) -> Any:
        return handler(message, legacy_connection(sender), self.room)

    return on_message


def _on_close(handler: Handler) -> Handler:
    def on_close(self: PartyServer, connection: Any) -> Any:
        return handler(legacy_connection(connection), self.room)

    return on_close


def _on_error(handler: Handler) -> Handler:
    def on_error(self: PartyServer, connection: Any, error: Any) -> Any:
        return handler(legacy_connection(connection), error, self.room)

    return on_error


def _on_request(handler: Handler) -> Handler:
    def on_request(self: PartyServer, request: Any) -> Any:
        return handler(request, self.room)

    return on_request


def _on_alarm(handler: Handler) -> Handler:
    def on_alarm(self: PartyServer) -> Any:
        return handler(self.room)

    return on_alarm


def _static(old_names: Callable[[Any], Any]) -> Callable[[Handler], Any]:
    """Make a static hook, whose first argument gets the old names too."""

    def wrap(handler: Handler) -> Any:
        def hook(subject: Any, lobby: Any, ctx: Any) -> Any:
            return handler(old_names(subject), legacy_lobby(lobby), legacy_execution_context(ctx))

        return staticmethod(hook)

    return wrap


def _as_it_is(request: Any) -> Any:
    return request


_METHODS: dict[str, Callable[[Handler], Any]] = {
    "on_connect": _on_connect,
    "on_message": _on_message,
    "on_close": _on_close,
    "on_error": _on_error,
    "on_request": _on_request,
    "on_alarm": _on_alarm,
    "on_before_connect": _static(_as_it_is),
    "on_before_request": _static(_as_it_is),
    "on_fetch": _static(_as_it_is),
    "on_socket": _static(legacy_socket),
    "on_cron": _static(legacy_cron),
}

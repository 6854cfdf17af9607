"""Connections and sockets under the old names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from pkcompat.legacy.deprecation import warn_once
from pkcompat.legacy.view import View


class LegacyEvent(View):
    """What a listener gets: `event.data`, `event.code`, `event.wasClean`, ..."""

    _old_names: ClassVar[Mapping[str, str]] = {"wasClean": "was_clean"}


class LegacySocket(View):
    """A socket, such as that of `onSocket` or of a stub, under the old names."""

    _old_names: ClassVar[Mapping[str, str]] = {"readyState": "ready_state"}

    def addEventListener(self, event_type: str, callback: Callable[..., Any], options: object = None) -> None:  # noqa: N802
        """Have a function called with each event of a type.

        Args:
            event_type: `message`, `close` or `error`.
            callback: called with the event, or with nothing; what it returns is awaited if it is awaitable.
            options: as in JavaScript, `{"once": True}` or an object with `once`: for the first event alone.
        """
        listener = _Listener(self._other, event_type, callback, once=_option(options, "once"))
        self._other.add_event_listener(event_type, listener)

    def removeEventListener(  # noqa: N802
        self, event_type: str, callback: Callable[..., Any], options: object = None
    ) -> None:
        """No longer call a function; nothing happens if it was not added."""
        self._other.remove_event_listener(event_type, _Listener(self._other, event_type, callback))

    add_event_listener = addEventListener
    remove_event_listener = removeEventListener


class _Listener:
    """Calls a listener with an event that speaks the old names; equal to another of the same function."""

    def __init__(
        self, socket: Any, event_type: str, callback: Callable[..., Any], *, once: bool = False
    ) -> None:
        if not callable(callback):
            raise TypeError(f"a listener must be callable, got {type(callback).__name__}")
        self._socket = socket
        self._event_type = event_type
        self._callback = callback
        self._call = _with_event(callback)
        self._once = once

    def __call__(self, event: Any) -> Any:
        if self._once:
            self._socket.remove_event_listener(self._event_type, self)
        return self._call(LegacyEvent(event))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Listener) and self._callback == other._callback

    def __hash__(self) -> int:
        return hash(self._callback)


def _with_event(callback: Callable[..., Any]) -> Callable[..., Any]:
    from partyserver.events import (
        with_event,
    )  # not above: old modules import this one, and it must stay light

    return with_event(callback)


def _option(options: object, name: str) -> bool:
    return bool(options.get(name) if isinstance(options, Mapping) else getattr(options, name, False))


class LegacyConnection(LegacySocket):
    """A connection under the old names: `PartyKitConnection`.

    There is one view a connection, so `connection.socket is connection`.
    """

    _old_names: ClassVar[Mapping[str, str]] = {**LegacySocket._old_names, "setState": "set_state"}

    @property
    def socket(self) -> LegacyConnection:
        """The connection itself."""
        warn_once("connection.socket", "the connection itself")
        return self

    @property
    def id(self) -> str:
        """The connection's id."""
        return self._other.id  # type: ignore[no-any-return]

    def send(self, message: str | bytes) -> Awaitable[None]:
        """Send a message; what comes back may be awaited."""
        return self._other.send(message)  # type: ignore[no-any-return]

    def serializeAttachment(self, attachment: Any) -> None:  # noqa: N802
        """Keep a value with the connection: its `state`."""
        warn_once("connection.serializeAttachment", "connection.setState")
        self._other.state = attachment

    def deserializeAttachment(self) -> Any:  # noqa: N802
        """The value that is kept with the connection: its `state`."""
        warn_once("connection.deserializeAttachment", "connection.state")
        return self._other.state

    serialize_attachment = serializeAttachment
    deserialize_attachment = deserializeAttachment


_VIEW = "_legacy_view"


def legacy_connection(connection: Any) -> Any:
    """The old-name view of a connection; the same one each time.

    Args:
        connection: a `partyserver.Connection`, its view, or None.

    Returns:
        The view; None for None.
    """
    if connection is None or isinstance(connection, View):
        return connection
    view = connection.__dict__.get(_VIEW)
    if view is None:
        view = connection.__dict__[_VIEW] = LegacyConnection(connection)
    return view

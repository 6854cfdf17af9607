"""The attributes of a new protocol object, copied from the first one of a server.

The classes of uvicorn and websockets set some forty attributes for each WebSocket, most of them to what they
were for the last one. Where every attribute that is not known here is a plain value, it is copied.
"""

from __future__ import annotations

import asyncio
import enum
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.server import ServerState
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

_PLAIN = (type(None), bool, int, float, str, bytes, tuple, enum.Enum)
_SHARED = frozenset({"config", "app", "loop", "logger"})  # the same for all of a server
_OF_STATE = frozenset({"connections", "tasks", "default_headers"})
_FRESH = frozenset({"app_state", "queue", "writable", "conn", "frames"})
_SHARED_BY_PARSERS = frozenset({"id", "logger", "available_extensions", "origins", "available_subprotocols"})
_FRESH_IN_PARSER = frozenset({"reader", "events", "writes", "extensions", "parser"})

Attributes = dict[str, Any]


class Prepared:
    """What new protocol objects of one server have in common."""

    __slots__ = ("_parser", "_protocol")

    def __init__(self, protocol: Attributes, parser: Attributes) -> None:
        self._protocol = {name: value for name, value in protocol.items() if name not in _FRESH | _OF_STATE}
        self._parser = {name: value for name, value in parser.items() if name not in _FRESH_IN_PARSER}

    @property
    def is_plain(self) -> bool:
        """Whether copying is right: everything else is a plain value."""
        return _is_plain(self._protocol, _SHARED) and _is_plain(self._parser, _SHARED_BY_PARSERS)

    def is_for(self, config: Any, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether these are the settings and the loop that it was prepared with."""
        return self._protocol["config"] is config and self._protocol["loop"] is loop

    def fill(self, protocol: Any, state: ServerState, app_state: Attributes) -> None:
        """Give a protocol object its attributes."""
        conn = ServerProtocol.__new__(ServerProtocol)
        attributes = conn.__dict__
        attributes.update(self._parser)
        conn.reader, conn.events, conn.writes, conn.extensions = StreamReader(), [], [], []
        conn.parser = conn.parse()
        next(conn.parser)
        attributes = protocol.__dict__
        attributes.update(self._protocol)
        attributes["connections"] = state.connections
        attributes["tasks"] = state.tasks
        attributes["default_headers"] = state.default_headers
        attributes["app_state"] = app_state
        attributes["conn"] = conn
        attributes["frames"] = []
        attributes["queue"] = asyncio.Queue()
        attributes["writable"] = writable = asyncio.Event()
        writable.set()


def _is_plain(attributes: Attributes, shared: frozenset[str]) -> bool:
    return all(name in shared or isinstance(value, _PLAIN) for name, value in attributes.items())


prepared: WeakKeyDictionary[ServerState, Prepared] = WeakKeyDictionary()
"""By server, where attributes can be copied."""

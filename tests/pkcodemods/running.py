"""Running a party's `on_message` in both forms, on a room that only records what it is told."""

from __future__ import annotations

import asyncio
import inspect
import sys
import types
from typing import Any

Record = list[tuple[str, ...]]


class RecordingConnection:
    """A connection that records what it is sent."""

    def __init__(self, key: str, record: Record) -> None:
        self.id = key
        self.socket = self
        self._record = record

    def send(self, text: str) -> None:
        self._record.append((self.id, text))


class RecordingRoom:
    """A room of three connections, with the names of both forms."""

    def __init__(self, record: Record) -> None:
        self.id = "the room"
        self._record = record
        self.connections = {key: RecordingConnection(key, record) for key in "abc"}
        self.getConnection = self.get_connection

    def broadcast(self, text: str) -> None:
        self._record.append(("everyone", text))

    def get_connection(self, key: str) -> RecordingConnection | None:
        return self.connections.get(key)

    def get_connections(self) -> list[RecordingConnection]:
        return list(self.connections.values())


def recorded(source: str, *, modules: dict[str, str] | None = None) -> Record:
    """What a room records while a party's handler of messages runs, and how that ends.

    Args:
        source: the party's module, in either form.
        modules: what it imports, by name, in order.
    """
    record: Record = []
    room = RecordingRoom(record)
    made = [_module(name, text) for name, text in (modules or {}).items()]
    try:
        party = _module("party", source).default
        connection = room.connections["a"]
        if inspect.isclass(party):
            called: Any = party(room).on_message("hello", connection)
        else:
            called = getattr(party, "onMessage", None) or party.on_message
            called = called("hello", connection, room)
        if inspect.isawaitable(called):
            asyncio.run(_awaited(called))
    except Exception as error:
        record.append((type(error).__name__, str(error)))
    finally:
        for module in made:
            del sys.modules[module.__name__]
    return record


async def _awaited(awaitable: Any) -> None:
    await awaitable


def _module(name: str, source: str) -> Any:
    module = types.ModuleType(name)
    if name != "party":
        sys.modules[name] = module
    exec(compile(source, name, "exec"), module.__dict__)
    return module

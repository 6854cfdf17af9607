"""`Room`: what a party's handlers see of their room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from partyserver.connection import Connection
from partyserver.rooms.broadcast import FanOut
from partyserver.rooms.connection_table import ConnectionTable
from partyserver.sockets import as_message
from partyserver.storage import InputGate, Storage
from partyserver.unknown_attributes import attribute_refusal
from partyserver.wire import Data

if TYPE_CHECKING:
    from partyserver.rooms.context import RoomContext

T = TypeVar("T")


class Room:
    """A room, as the instance that serves it sees it. Handlers may hang attributes of their own on it.

    Attributes:
        id: the room's id, percent-encoded as it stands in the path.
        internal_id: an id that is unique over the host's parties and rooms: 64 hexadecimal digits.
        name: the party's name.
        env: the host's variables.
        storage: the room's storage.
        context: stubs of other rooms, and the static files.
    """

    def __init__(
        self,
        *,
        room_id: str,
        internal_id: str,
        party_name: str,
        env: Mapping[str, Any],
        storage: Storage,
        context: RoomContext,
        connections: ConnectionTable,
        fan_out: FanOut,
        gate: InputGate,
    ) -> None:
        self.id = room_id
        self.internal_id = internal_id
        self.name = party_name
        self.env = env
        self.storage = storage
        self.context = context
        self._connections = connections
        self._fan_out = fan_out
        self._gate = gate

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("room", "id", "internal_id", "name", "env", "storage", "context")

    def broadcast(self, message: Data, without: Collection[str] | None = ()) -> Awaitable[None]:
        """Send a message to every connection (recordings `broadcast_others`, `binary`).

        Args:
            message: `str` for a text, `bytes` for a binary message.
            without: ids of connections that do not get it; empty or None excludes none.

        Returns:
            Something that may be awaited, and then waits until every peer can take more.

        Raises:
            TypeError: the message is neither text nor bytes, or `without` is a single id or connection.
        """
        message = as_message(message)
        if not without:
            without = ()
        elif isinstance(without, (str, bytes, Connection)):
            given = (
                "a connection; write [connection.id]"
                if isinstance(without, Connection)
                else "a single string"
            )
            raise TypeError(f"broadcast(without=...) takes a list of connection ids, got {given}")
        return self._fan_out.send(message, without)

    def get_connection(self, connection_id: str) -> Connection | None:
        """The connection of that id; where a hibernating party has several, the latest.

        Args:
            connection_id: what a client gave as `_pk`, or was given.
        """
        return self._connections.get(connection_id)

    def get_connections(self, tag: str | None = None) -> list[Connection]:
        """The room's connections in the order of connecting: a snapshot, safe while they come and go.

        Args:
            tag: only those that have this tag; a connection's id is one of its tags.
        """
        return self._connections.all(tag)

    @overload
    def block_concurrency_while(self, callback: Callable[[], Awaitable[T]]) -> Awaitable[T]: ...
    @overload
    def block_concurrency_while(self, callback: Callable[[], T]) -> Awaitable[T]: ...
    def block_concurrency_while(self, callback: Callable[[], Any]) -> Awaitable[Any]:
        """Deliver no event to the room until a function is done.

        Args:
            callback: is started at once, whether or not the result is awaited; may be async.

        Returns:
            Something to await for what the callback returns or raises.
        """
        release = self._gate.hold()
        blocking = self._block(release, callback)
        try:
            return asyncio.get_running_loop().create_task(blocking)
        except BaseException:  # out of stack or memory: the room must not stay blocked
            release()
            blocking.close()
            raise

    async def _block(self, release: Callable[[], None], callback: Callable[[], Awaitable[T] | T]) -> T:
        try:
            result = callback()
            return await result if isawaitable(result) else result
        finally:
            release()

    def __repr__(self) -> str:
        return f"<Room {self.name}/{self.id}>"

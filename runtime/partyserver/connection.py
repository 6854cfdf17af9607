"""`Connection`: one client's WebSocket in a room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partyserver.sockets import Socket, Transport
from partyserver.unknown_attributes import attribute_refusal


class Connection(Socket):
    """One client's WebSocket in a room. Handlers may hang attributes of their own on it.

    Attributes:
        id: the query parameter `_pk` of the client's URL, else a new one.
        uri: the URL as the client sent it, percent-encoded.
        state: the value of `set_state`, or None; it survives hibernation.
    """

    __slots__ = ("id", "state", "uri")

    id: str
    uri: str

    def __init__(self, connection_id: str, uri: str, transport: Transport) -> None:
        super().__init__(transport)
        self.id = connection_id
        self.uri = uri
        self.state: Any = None

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("connection", "id", "uri", "state", "ready_state")

    def set_state(self, value: Any) -> Any:
        """Keep a value with the connection, by reference (recording `connection_state`).

        Args:
            value: the new state, or a function that is called with the present one and returns the new.

        Returns:
            The new state.
        """
        self.state = value(self.state) if callable(value) else value
        return self.state

    def _forget_instance(self) -> None:
        """Drop what belongs to the instance: listeners, and attributes that its handlers set."""
        self.listeners.clear()
        self.__dict__.clear()

    def __repr__(self) -> str:
        return f"<Connection {self.id!r} {self.ready_state.name}>"

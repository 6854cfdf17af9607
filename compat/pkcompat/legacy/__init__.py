"""The object form of parties: reading it, wrapping it in a class, and its old names."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pkcompat.legacy.handler_names import BY_SPELLING, HANDLER_NAMES
    from pkcompat.legacy.lobby import (
        LegacyConnectionContext,
        LegacyCron,
        LegacyExecutionContext,
        LegacyLobby,
        legacy_cron,
        legacy_execution_context,
        legacy_lobby,
    )
    from pkcompat.legacy.party_class import exported_by, legacy_to_class
    from pkcompat.legacy.party_finding import described, find_parties, is_base_class, is_server_class
    from pkcompat.legacy.reading import read_handlers
    from pkcompat.legacy.room import LegacyRoom, legacy_room
    from pkcompat.legacy.sockets import LegacyConnection, LegacyEdgeSocket, legacy_connection, legacy_socket
    from pkcompat.legacy.storage import LegacyStorage, legacy_storage
    from pkcompat.legacy.stubs import LegacyRoomContext, LegacyStub, legacy_stub

__all__ = [
    "BY_SPELLING",
    "HANDLER_NAMES",
    "LegacyConnection",
    "LegacyConnectionContext",
    "LegacyCron",
    "LegacyEdgeSocket",
    "LegacyExecutionContext",
    "LegacyLobby",
    "LegacyRoom",
    "LegacyRoomContext",
    "LegacyStorage",
    "LegacyStub",
    "described",
    "exported_by",
    "find_parties",
    "is_base_class",
    "is_server_class",
    "legacy_connection",
    "legacy_cron",
    "legacy_execution_context",
    "legacy_lobby",
    "legacy_room",
    "legacy_socket",
    "legacy_storage",
    "legacy_stub",
    "legacy_to_class",
    "read_handlers",
]

_HOMES = {
    "BY_SPELLING": "handler_names",
    "HANDLER_NAMES": "handler_names",
    "LegacyConnection": "sockets",
    "LegacyConnectionContext": "lobby",
    "LegacyCron": "lobby",
    "LegacyEdgeSocket": "sockets",
    "LegacyExecutionContext": "lobby",
    "LegacyLobby": "lobby",
    "LegacyRoom": "room",
    "LegacyRoomContext": "stubs",
    "LegacyStorage": "storage",
    "LegacyStub": "stubs",
    "described": "party_finding",
    "exported_by": "party_class",
    "find_parties": "party_finding",
    "is_base_class": "party_finding",
    "is_server_class": "party_finding",
    "legacy_connection": "sockets",
    "legacy_cron": "lobby",
    "legacy_execution_context": "lobby",
    "legacy_lobby": "lobby",
    "legacy_room": "room",
    "legacy_socket": "sockets",
    "legacy_storage": "storage",
    "legacy_stub": "stubs",
    "legacy_to_class": "party_class",
    "read_handlers": "reading",
}


def __getattr__(name: str) -> Any:
    if (home := _HOMES.get(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

"""Move PartyKit parties from the object of handlers to the class, and prove that both behave the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pkcompat.legacy import (
        legacy_connection,
        legacy_cron,
        legacy_execution_context,
        legacy_lobby,
        legacy_room,
        legacy_socket,
        legacy_storage,
        legacy_stub,
        legacy_to_class,
    )
    from pkcompat.shadow import Shadow, ShadowOptions

__all__ = [
    "Shadow",
    "ShadowOptions",
    "legacy_connection",
    "legacy_cron",
    "legacy_execution_context",
    "legacy_lobby",
    "legacy_room",
    "legacy_socket",
    "legacy_storage",
    "legacy_stub",
    "legacy_to_class",
]

_HOMES = {
    "Shadow": "pkcompat.shadow.follower",
    "ShadowOptions": "pkcompat.shadow.follower",
    "legacy_connection": "pkcompat.legacy.sockets",
    "legacy_cron": "pkcompat.legacy.lobby",
    "legacy_execution_context": "pkcompat.legacy.lobby",
    "legacy_lobby": "pkcompat.legacy.lobby",
    "legacy_room": "pkcompat.legacy.room",
    "legacy_socket": "pkcompat.legacy.sockets",
    "legacy_storage": "pkcompat.legacy.storage",
    "legacy_stub": "pkcompat.legacy.stubs",
    "legacy_to_class": "pkcompat.legacy.party_class",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use: the command line must start quickly."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

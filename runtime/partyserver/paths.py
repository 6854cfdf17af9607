"""Which room a URL's path names (recordings `main_hooks`, `counter_http`)."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from starlette.types import Scope

# What a URL's path segment may hold unescaped (WHATWG URL standard), less "/", with "%" kept as it is.
_SEGMENT_SAFE = "!$&'()*+,;=:@-._~%|[]"


class RoomPath(NamedTuple):
    """A path that names a room.

    Attributes:
        party: the party's name.
        room_id: the room's id, percent-encoded as it came.
    """

    party: str
    room_id: str


def match_room(path: str) -> RoomPath | None:
    """The room that a percent-encoded path names: `/party/<room>` or `/parties/<party>/<room>`, with
    anything behind; None for any other path."""
    if path.startswith("/party/"):
        party, room_id = "main", path.split("/")[2]
    elif path.startswith("/parties/"):
        party, room_id = [*path.split("/"), ""][2:4]
    else:
        return None
    return RoomPath(party, room_id) if room_id else None


def room_path(party: str, room_id: str) -> str:
    """The path of a room."""
    return f"/parties/{party}/{room_id}"


def encode_room_id(name: str) -> str:
    """A room's name as it stands in a path, so that a stub and a client with the same name meet."""
    return quote(name, safe=_SEGMENT_SAFE)


def raw_path(scope: Scope) -> str:
    """The percent-encoded path of an ASGI scope, without the prefix that the application is mounted at."""
    path = full_raw_path(scope)
    if not (root_path := scope.get("root_path")):
        return path
    prefix = quote(root_path)
    return path[len(prefix) :] if path.startswith(prefix + "/") else path


def full_raw_path(scope: Scope) -> str:
    """The percent-encoded path of an ASGI scope, as the client sent it."""
    raw: bytes | None = scope.get("raw_path")
    if raw:
        return raw.split(b"?", 1)[0].decode("latin-1")
    return quote(scope["path"], safe=_SEGMENT_SAFE + "/")

"""The contexts that a room and a new connection come with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from partyserver.unknown_attributes import attribute_refusal

if TYPE_CHECKING:
    from partyserver.assets import Assets
    from partyserver.stubs import Parties


@dataclass(frozen=True)
class ConnectionContext:
    """What `on_connect` and `get_connection_tags` learn of a new connection.

    Attributes:
        request: the request of the WebSocket's handshake, with what `on_before_connect` changed.
    """

    request: Request

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("ctx", "request")


@dataclass(frozen=True)
class RoomContext:
    """What a room can reach outside of itself.

    Attributes:
        parties: stubs of every party's rooms, by party name.
        assets: the host's static files.
    """

    parties: Parties
    assets: Assets

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("room.context", "parties", "assets")

"""The clients of a shadow's room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from partyserver.wire import Data
from pkcompat.shadow.streams import Deed, closed
from pkcompat.traffic import Closed, Message


@dataclass(slots=True, eq=False)
class ShadowClient:
    """A client of the room.

    Attributes:
        number: its connection's number.
        where: what reports call the stream of what is sent to it.
        primary_before: what the answering form sent before `on_connect` was done; None once it is.
        shadow_before: the same for the shadow.
    """

    number: int
    where: str
    primary_before: list[Deed] | None = field(default_factory=list)
    shadow_before: list[Deed] | None = field(default_factory=list)


class ShadowWire:
    """A transport that captures what a shadow sends to a connection.

    Args:
        client: the client.
        sent: called with what would have been sent to it.
    """

    frames = None

    def __init__(self, client: ShadowClient, sent: Callable[[ShadowClient, Message | Closed], None]) -> None:
        self._client = client
        self._sent = sent

    def send(self, message: Data) -> None:
        self._sent(self._client, Message(message))

    def close(self, code: int | None, reason: str) -> None:
        self._sent(self._client, closed(code, reason))

    def fail(self, code: int, reason: str) -> None:
        self.close(code, reason)

    async def drain(self) -> None:
        await asyncio.sleep(0)

"""A room of the cluster, wherever it is when somebody comes for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from partyserver.cluster.directory import Directory, unavailable
from partyserver.connection import Connection
from partyserver.exceptions import NotANodeError, NotOwnerError
from partyserver.rooms import ConnectedRoom, ReachableRoom
from partyserver.storage import RoomKey

T = TypeVar("T")

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 0.25
"""Seconds between two looks at who owns a room whose owner did not answer."""


class RoomAnywhere:
    """Asks the owner of a room, and who that is again where it has changed."""

    def __init__(self, directory: Directory, room: RoomKey, patience: float) -> None:
        """
        Args:
            directory: finds the owner.
            room: the room.
            patience: seconds after which it is given up; a dead owner's lease has to run out within them.
        """
        self._directory = directory
        self._room = room
        self._patience = patience

    async def request(self, request: Request) -> Response:
        """See `RoomRunner.request`.

        Raises:
            StartError: what that raises; or the room cannot be served now, which a 503 says.
        """
        return await self._ask(lambda room: room.request(request))

    async def connect(self, connection: Connection, request: Request) -> ConnectedRoom:
        """See `RoomRunner.connect`.

        Raises:
            StartError: what that raises; or the room cannot be served now, which a 503 says.
        """
        return await self._ask(lambda room: room.connect(connection, request))

    async def _ask(self, ask: Callable[[ReachableRoom], Awaitable[T]]) -> T:
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + self._patience, FIRST_PAUSE
        while True:
            try:
                return await ask(await self._directory.find(self._room))
            except (NotOwnerError, NotANodeError) as error:
                self._directory.forget(self._room)
                if loop.time() + pause > end:
                    raise unavailable(str(error)) from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

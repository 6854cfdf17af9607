"""Two nodes in one process, over real sockets: clients come to one, the rooms are the other's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import Receive, Scope, Send
from tests.partyserver.uvicorn_server import Server
from tests.partyserver.wire_paths import DIRECT, serving

from partyserver import Host, PartyServer
from partyserver.cluster import Node
from partyserver.cluster.passing import Passing
from partyserver.exceptions import NotOwnerError
from partyserver.responses import ErrorAnswers
from partyserver.rooms import ReachableRoom, RoomRunner
from partyserver.storage import RoomKey

SECRET = "a secret of the tests"


class TestedNode:
    """A host that owns all rooms, or passes all on to another node."""

    __test__ = False

    def __init__(
        self,
        parties: Mapping[str, type[PartyServer]],
        number: int,
        *,
        secret: str = SECRET,
        silence: float = 10.0,
        idle: float = 60.0,
        **options: Any,
    ) -> None:
        self.host = Host(parties, **options)
        self.passing = Passing(
            self,
            self.host._storage,
            ErrorAnswers(self.host.debug),
            self.host._tasks,
            secret,
            silence=silence,
            idle=idle,
            surroundings={"app": self.host, "router": self.host.router},
        )
        self.number = number
        self.owner: TestedNode | None = None  # who owns the rooms
        self.node: Node | None = None
        http: Any = self.host._endpoints["http"]
        http._switchboard.open_room = self._open

    def joins(self, server: Server) -> None:
        """Take the address of a server."""
        self.node = Node(self.number, f"127.0.0.1:{server.port}")
        self.passing.joined(self.node)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and self.passing.is_for_nodes(scope):
            await self.passing.serve(scope, receive, send)
        else:
            await self.host(scope, receive, send)

    def _open(self, party: str, room_id: str) -> ReachableRoom:
        if self.owner is None:
            return self.host._parties[party].room(room_id)
        assert self.owner.node is not None
        return self.passing.room(self.owner.node, (party, room_id))

    async def owned(self, room: RoomKey) -> RoomRunner:
        if self.owner is not None:
            raise NotOwnerError(str(room))
        return self.host._parties[room[0]].room(room[1])


@asynccontextmanager
async def two_nodes(
    parties: Mapping[str, type[PartyServer]], path: str = DIRECT, **options: Any
) -> AsyncIterator[tuple[TestedNode, TestedNode, Server]]:
    """The node that clients come to, the one that owns the rooms, and the first one's server."""
    entry, owner = TestedNode(parties, 1, **options), TestedNode(parties, 2, **options)
    entry.owner = owner
    async with serving(owner, path) as owner_server, serving(entry, path) as entry_server:
        owner.joins(owner_server)
        entry.joins(entry_server)
        try:
            yield entry, owner, entry_server
        finally:
            await entry.passing.close()
            await owner.passing.close()

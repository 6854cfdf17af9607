"""Rooms' data in a cluster whose nodes are stopped."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping

from partyserver.cluster import ClusterEngine, Node, Ownership, Part
from partyserver.exceptions import PartyServerError
from partyserver.postgres import PostgresCluster
from partyserver.storage import Changes, RoomKey
from pkcompat.stores.store import RoomContent, Store, StoreError

_ADDRESS = "pkcompat-storage:1"  # nobody can reach this process, which serves no room
_LEASE = 30.0
_PAGE = 1_000


class ClusterStore(Store):
    """A cluster of which this process is the only node."""

    def __init__(self, name: str, engine: ClusterEngine, node: Node) -> None:
        self.name = name
        self._engine = engine
        self._node = node
        self._renew_at = time.monotonic() + _LEASE / 3

    @classmethod
    async def join(cls, dsn: str, namespace: str) -> ClusterStore:
        """Become the only node of a cluster in PostgreSQL.

        Raises:
            StoreError: the database cannot be used, or nodes run.
        """
        try:
            settings = PostgresCluster(
                dsn, namespace=namespace, advertise=_ADDRESS, secret=secrets.token_urlsafe()
            )
            engine = settings.engine()
            await engine.start()
        except PartyServerError as error:
            raise StoreError(str(error)) from None
        if living := await engine.nodes():
            await engine.close()
            addresses = ", ".join(node.address for node in living)
            raise StoreError(f"nodes of the cluster {namespace!r} run: {addresses}; stop them first")
        node = await engine.join(_ADDRESS, _LEASE)
        return cls(f"the cluster {namespace!r}", engine, node)

    async def rooms(self) -> AsyncIterator[RoomKey]:
        last: RoomKey | None = None
        while page := await self._engine.rooms(last, _PAGE):
            for stored in page:
                yield stored.room
            last = page[-1].room

    async def read(self, room: RoomKey) -> RoomContent:
        await self._stay()
        try:
            data = await self._engine.load(room, sys.maxsize)
        except PartyServerError as error:
            raise StoreError(str(error)) from None
        return RoomContent(data.entries or {}, data.alarm)

    async def write(self, contents: Mapping[RoomKey, RoomContent]) -> None:
        await self._stay()
        try:
            owned = await self._claim(contents)
            parts = [
                Part(room, owned[room].epoch, owned[room].sequence, _replacing(content))
                for room, content in contents.items()
            ]
            refused = await self._engine.commit(parts)
        except PartyServerError as error:
            raise StoreError(str(error)) from None
        if refused:
            names = ", ".join(sorted("/".join(room) for room in refused))
            raise StoreError(f"{names} was taken by another node meanwhile; stop the nodes first")
        await asyncio.gather(*(self._engine.release(*each) for each in owned.items()))

    async def _claim(self, rooms: Iterable[RoomKey]) -> dict[RoomKey, Ownership]:
        names = list(rooms)
        claims = await asyncio.gather(*(self._engine.claim(room, self._node) for room in names))
        owned = {}
        for room, claimed in zip(names, claims, strict=True):
            if not isinstance(claimed, Ownership):
                name = "/".join(room)
                raise StoreError(f"{name} is served by {claimed.address}; stop the nodes first")
            owned[room] = claimed
        return owned

    async def close(self) -> None:
        await self._engine.leave(self._node)
        await self._engine.close()

    async def _stay(self) -> None:
        if time.monotonic() < self._renew_at:
            return
        if not await self._engine.renew(self._node, _LEASE):
            raise StoreError("the database was away for too long; run it again, it goes on where it was")
        self._renew_at = time.monotonic() + _LEASE / 3


def _replacing(content: RoomContent) -> Changes:
    return Changes(content.entries, clear=True, alarm=content.alarm)

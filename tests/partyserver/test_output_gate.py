"""Nothing tells of a write that is not stored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.partyserver.in_process import Server, handshake, settle

from partyserver import (
    Connection,
    ConnectionContext,
    PartyServer,
    Request,
    Response,
    SqliteStorage,
    StorageError,
)


class Counts(PartyServer):
    """Writes, and tells."""

    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        if connection.id == "writer":
            await self.room.storage.put("writer", True)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.room.storage.put("last", message)
        sender.send(f"stored {message!s}")

    async def on_request(self, request: Request) -> Response:
        await self.room.storage.put("last", request.method)
        return Response("stored")


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SqliteStorage]:
    storage = SqliteStorage(tmp_path / "rooms.sqlite")
    yield storage
    storage.close()


def lose_the_next_commit(storage: SqliteStorage) -> None:
    """SQLite finds no transaction to commit."""
    commit = storage._commit

    def lost() -> None:
        storage._commit = commit  # type: ignore[method-assign]
        storage._database.execute("ROLLBACK")
        commit()

    storage._commit = lost  # type: ignore[method-assign]


async def test_a_lost_commit_closes_the_rooms_sockets_with_1011(storage: SqliteStorage) -> None:
    server = Server(Counts, storage=storage)
    a, b = await server.connect("a"), await server.connect("b")
    elsewhere = await server.connect("c", "elsewhere")
    a.send("kept")
    await settle()
    assert a.received == ["stored kept"]
    lose_the_next_commit(storage)
    a.send("lost")
    await settle()
    assert a.received == [("close", 1011, "Storage failed")]
    assert b.received == [("close", 1011, "Storage failed")]
    assert elsewhere.received == []
    assert await server.room()._instance.room.storage.get("last") == "kept"  # type: ignore[union-attr]


async def test_a_lost_commit_is_a_500(storage: SqliteStorage) -> None:
    room = Server(Counts, storage=storage).room()
    lose_the_next_commit(storage)
    with pytest.raises(StorageError, match="the commit failed"):
        await room.request(handshake())
    assert (await room.request(handshake())).body == b"stored"


async def test_a_connection_whose_on_connect_wrote_waits_for_the_commit(storage: SqliteStorage) -> None:
    server = Server(Counts, storage=storage)
    lose_the_next_commit(storage)
    with pytest.raises(StorageError):
        await server.connect("writer")
    await server.connect("writer")
    assert storage.pending is None


async def test_read_change_write_survives_a_restart(storage: SqliteStorage, tmp_path: Path) -> None:
    class Counter(PartyServer):
        async def on_request(self, request: Request) -> Response:
            count = await self.room.storage.get("count") or 0
            await self.room.storage.put("count", count + 1)
            return Response(str(count + 1))

    room = Server(Counter, storage=storage).room()
    await asyncio.gather(*(room.request(handshake()) for _ in range(50)))
    storage.close()
    again = SqliteStorage(tmp_path / "rooms.sqlite")
    assert (await Server(Counter, storage=again).room().request(handshake())).body == b"51"
    again.close()

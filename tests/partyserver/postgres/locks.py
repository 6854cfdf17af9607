"""Somebody else has the lock of a row; who waits for what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from partyserver.storage import RoomKey
from pkcompat.clusters import PrivatePostgres


@asynccontextmanager
async def locked(
    server: PrivatePostgres, namespace: str, room: RoomKey
) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A transaction that has a room's row, and is committed at the end of the block."""
    connection = await asyncpg.connect(server.dsn())
    try:
        async with connection.transaction():
            statement = f'SELECT 1 FROM "{namespace}".rooms WHERE party = $1 AND room = $2 FOR UPDATE'
            assert await connection.fetchval(statement, *room) == 1
            yield connection
    finally:
        await connection.close()


async def waiting(
    admin: asyncpg.Connection[asyncpg.Record], event: str, least: int = 1, but: int = 0
) -> list[int]:
    """The sessions of engines that wait for something, once there are so many.

    Args:
        admin: a superuser's connection.
        event: `Lock` or `SyncRep`.
        least: how many sessions, but for `but`.
        but: a session that does not count.
    """
    async with asyncio.timeout(30):
        while True:
            rows = await admin.fetch(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'pkcompat' AND pid <> $2 AND "
                "(wait_event = $1 OR wait_event_type = $1)",
                event,
                but,
            )
            if len(rows) >= least:
                return [row["pid"] for row in rows]
            await asyncio.sleep(0.01)

"""Engines on the private PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import asyncpg
import pytest

from partyserver import PostgresCluster
from partyserver.cluster import ClusterEngine
from pkcompat.clusters import PrivatePostgres

Engines = Callable[..., Awaitable[ClusterEngine]]
_numbers = count()


@pytest.fixture
def namespace() -> str:
    """A schema that no other test has."""
    return f"test_{next(_numbers)}"


@pytest.fixture
async def admin(server: PrivatePostgres) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection of the superuser's."""
    connection = await asyncpg.connect(server.dsn())
    yield connection
    await connection.close()


@pytest.fixture
async def engines(server: PrivatePostgres, namespace: str) -> AsyncIterator[Engines]:
    """Starts engines of one cluster."""
    started = []

    async def start(dsn: str = server.dsn()) -> ClusterEngine:
        cluster = PostgresCluster(dsn, namespace=namespace, advertise="a:1", secret="secret")
        engine = cluster.engine()
        started.append(engine)
        await engine.start()
        return engine

    yield start
    for engine in started:
        await engine.close()

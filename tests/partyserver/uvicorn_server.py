"""uvicorn in the event loop of a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp

SECONDS = 20.0  # before a test gives up


class Server(uvicorn.Server):
    """uvicorn, on an ephemeral port of the loopback."""

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])


AnyServer = TypeVar("AnyServer", bound=Server)


def server_of(kind: type[AnyServer], app: ASGIApp, **config: Any) -> AnyServer:
    """A server for an application, with settings of `uvicorn.Config`."""
    return kind(uvicorn.Config(app, host="127.0.0.1", port=0, **config))


@asynccontextmanager
async def running(server: AnyServer, starts_within: float = SECONDS) -> AsyncIterator[AnyServer]:
    """Run a server while the context lasts.

    Args:
        server: the server.
        starts_within: seconds that its start may take.
    """
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(starts_within):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
    try:
        yield server
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, SECONDS)

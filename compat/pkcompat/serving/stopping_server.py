"""uvicorn's server, whose end no client and no handler can break."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn

from pkcompat.errors import PkcompatError

logger = logging.getLogger("pkcompat")

ACCEPTED_AT_ONCE = 16
"""Connections that asyncio accepts before it tells of them. It accepts as many as its backlog, and each that
there is no file handle for is an error of its own; so that of the system is set to `BACKLOG` afterwards."""

BACKLOG = 2_048
"""Connections that the system keeps until they are accepted."""

_SECONDS_TO_CANCEL = 1.0


class StartupError(PkcompatError):
    """The application's lifespan failed."""


class StoppingServer(uvicorn.Server):
    """uvicorn's server without its signal handlers.

    At its end running handlers finish, connections are closed, the application's lifespan ends: each of it
    even if something before has failed.
    """

    def __init__(
        self, config: uvicorn.Config, on_started: Callable[[], None], drained: Callable[[], Awaitable[object]]
    ) -> None:
        """
        Args:
            config: uvicorn's; its `timeout_graceful_shutdown` are the seconds that connections get to close.
            on_started: called when clients can connect.
            drained: waits for handlers that run when the end begins.
        """
        super().__init__(config)
        self._on_started = on_started
        self._drained = drained

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # uvicorn would install its handlers here, in place of those of `serve`

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            raise StartupError("the application did not start; its exception was logged") from None
        for sock in sockets or []:
            sock.listen(BACKLOG)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; it takes no longer than the handlers, the connections and the lifespan are given."""
        for server in self.servers:
            server.close()  # no new connections
        try:
            await self._drained()
        except Exception:
            logger.exception("waiting for the running handlers failed")
        for sock in sockets or []:
            sock.close()
        for connection in list(self.server_state.connections):
            _close(connection)
        await self._wait_for_connections()
        await self._cancel_tasks()
        for connection in list(self.server_state.connections):
            _abort(connection)
        await asyncio.sleep(0)  # for `connection_lost`, which may call handlers
        await self.lifespan.shutdown()

    async def _wait_for_connections(self) -> None:
        state = self.server_state
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await asyncio.sleep(0.1)  # for what closing has begun
                while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn has no event
                    await asyncio.sleep(0.05)

    async def _cancel_tasks(self) -> None:
        """Cut off the handlers of requests and handshakes that still run."""
        tasks = list(self.server_state.tasks)
        if not tasks:
            return
        logger.warning(
            "%d handlers of requests or sockets have not ended in time; they are cut off", len(tasks)
        )
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=_SECONDS_TO_CANCEL)


def _close(connection: Any) -> None:
    try:
        connection.shutdown()
    except Exception:
        logger.exception("a connection could not be closed; it is cut off")
        _abort(connection)


def _abort(connection: Any) -> None:
    """Abort the TCP connection of one of our WebSockets, or of an HTTP protocol."""
    with contextlib.suppress(Exception):
        (connection if hasattr(connection, "abort") else connection.transport).abort()

"""Serving an ASGI application over real sockets, with uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from partyserver.sockets import MAX_MESSAGE_BYTES
from partyserver.uvicorn_protocol import PartyWebSocketProtocol
from pkcompat.errors import PkcompatError

LOOPBACK = "127.0.0.1"


class ListenError(PkcompatError):
    """The address cannot be listened on. The message says why, and what to do."""


class StartupError(PkcompatError):
    """The application's lifespan failed."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The base URL, for people and clients."""
        shown = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(self.host, self.host)
        return f"http://[{shown}]:{self.port}" if ":" in shown else f"http://{shown}:{self.port}"


def listen(host: str = LOOPBACK, port: int = 0) -> socket.socket:
    """A listening socket.

    Args:
        host: a host name or an IPv4 or IPv6 address.
        port: a TCP port; 0 takes any free one.

    Raises:
        ListenError: the port is taken or not allowed, or the host is not an address of this machine.
    """
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise ListenError(f"cannot listen on {host!r}: {error.strerror or error}") from None
    except UnicodeError:
        raise ListenError(f"cannot listen on {host!r}: it is no host name") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise ListenError(_problem(host, port, error)) from None
    listener.setblocking(False)
    return listener


def _problem(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken; stop what listens there, or name another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} is not allowed to this user; name one above 1023 with --port"
    return f"cannot listen on {host} port {port}: {error.strerror or error}"


def address_of(listener: socket.socket) -> Address:
    """Where a socket listens."""
    host, port = listener.getsockname()[:2]
    return Address(host, port)


class _Server(uvicorn.Server):
    """uvicorn's server, told of signals by its caller alone."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            raise StartupError("the application did not start; what it raised was logged") from None
        self._on_started()


def uvicorn_config(app: ASGIApp, grace: float = 1.0) -> uvicorn.Config:
    """How uvicorn serves a host: with the protocol that tells protocol errors from closes.

    Args:
        app: the application.
        grace: seconds that connections get to end at the end.
    """
    return uvicorn.Config(
        app,
        ws=PartyWebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=max(1, round(grace)),
    )


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, *, grace: float = 1.0) -> AsyncIterator[Address]:
    """Serve an application in this event loop, on a free loopback port, while the context lasts.

    Args:
        app: an ASGI application that understands lifespan events, such as a `Host`.
        grace: seconds that connections get to end at the end.
    """
    listener = listen()
    started = asyncio.Event()
    server = _Server(uvicorn_config(app, grace), started.set)
    task = asyncio.create_task(server.serve([listener]))
    waiting = asyncio.create_task(started.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if task.done():
            task.result()
        yield address_of(listener)
    finally:
        server.should_exit = True
        try:
            await asyncio.wait({task})
        finally:
            listener.close()


def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    on_started: Callable[[], None] = lambda: None,
    grace: float = 5.0,
) -> None:
    """Serve an application until SIGINT or SIGTERM; must run in the main thread.

    Args:
        app: an ASGI application that understands lifespan events, such as a `Host`.
        listener: the socket that `listen` gave.
        on_started: called when clients can connect.
        grace: seconds that connections get to end after the signal; a second signal ends them at once.
    """
    server = _Server(uvicorn_config(app, grace), on_started)

    def stop() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        try:
            await server.serve([listener])
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    try:
        asyncio.run(run())
    finally:
        listener.close()

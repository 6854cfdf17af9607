"""Serving an ASGI application over real sockets, with uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from partyserver.sockets import MAX_MESSAGE_BYTES
from partyserver.uvicorn_protocol import PartyWebSocketProtocol
from pkcompat.errors import PkcompatError
from pkcompat.serving.event_loop import loop_factory

logger = logging.getLogger("pkcompat")

LOOPBACK = "127.0.0.1"
_UVICORN_SLEEPS = 0.3  # seconds, between its looks at what is to be done
_ANY_ADDRESS = {"0.0.0.0": LOOPBACK, "::": "::1"}
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Drain = Callable[[float], Awaitable[object]]
"""Waits until the application's handlers have ended, at most so many seconds."""


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
        return self._url(_ANY_ADDRESS.get(self.host, self.host))

    @property
    def urls(self) -> list[str]:
        """Every base URL: where it listens on any address, also that by which other machines reach it."""
        outside = _outside_address() if self.host in _ANY_ADDRESS else None
        return [self.url] if outside is None else [self.url, self._url(outside)]

    def _url(self, host: str) -> str:
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def _outside_address() -> str | None:
    """This machine's address in its network; nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation (RFC 5737)
        except OSError:
            return None
        return str(probe.getsockname()[0])


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
    """uvicorn's server, told of signals by its caller alone; handlers end before their sockets are closed."""

    def __init__(
        self, config: uvicorn.Config, on_started: Callable[[], None], drained: Callable[[], Awaitable[object]]
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._drained = drained

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            raise StartupError("the application did not start; what it raised was logged") from None
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()  # no new connections
        await self._drained()
        await super().shutdown(sockets)


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
        ws_per_message_deflate=False,  # an idle socket would keep 34 KB for it
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
    server = _Server(uvicorn_config(app, grace), started.set, _at_once)
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


async def _at_once() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Grace:
    """How the seconds between a signal and the end of the process are shared out.

    Attributes:
        total: all of them.
    """

    total: float

    @property
    def closing(self) -> float:
        """For closing the sockets, and again for the handlers that this calls."""
        return min(2.0, self.total / 10)

    @property
    def shadowing(self) -> float:
        """For a shadow, once the host has ended; of those for the handlers."""
        return self.total / 3

    @property
    def draining(self) -> float:
        """For the handlers that run when the signal comes."""
        return max(0.0, self.total - 2 * self.closing - _UVICORN_SLEEPS)


def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    on_started: Callable[[], None] = lambda: None,
    drain: Drain | None = None,
    grace: float = 5.0,
    signals: Iterable[signal.Signals] = STOP_SIGNALS,
    stop_when_readable: int | None = None,
) -> None:
    """Serve an application until a signal; must run in the main thread.

    Then nothing new is let in, handlers end, WebSockets are closed with 1012, and the application's lifespan
    ends. A second signal ends the process at once. So does the end of the grace time and one more second,
    with exit status 1, where a handler does not let the process go.

    Args:
        app: an ASGI application that understands lifespan events, such as a `Host`.
        listener: the socket that `listen` gave.
        on_started: called when clients can connect.
        drain: waits for handlers, such as `Host.drain`.
        grace: seconds that all this may take.
        signals: which signals end it.
        stop_when_readable: a file descriptor that ends it too when it can be read.
    """
    shares = Grace(grace)

    async def drained() -> None:
        if drain is not None:
            await drain(shares.draining)

    config = uvicorn_config(app)
    config.timeout_graceful_shutdown = shares.closing  # type: ignore[assignment] # seconds, to uvicorn too
    server = _Server(config, on_started, drained)

    def stop(*_: object) -> None:
        server.should_exit = True
        for number in signals:
            signal.signal(number, signal.SIG_DFL)  # the next one ends the process
        last_resort = threading.Timer(grace + 1.0, _end_process, [grace])
        last_resort.daemon = True
        last_resort.start()

    async def run() -> None:
        if stop_when_readable is not None:
            asyncio.get_running_loop().add_reader(stop_when_readable, stop)
        await server.serve([listener])

    for number in signals:
        signal.signal(number, stop)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(run())
    finally:
        listener.close()


def _end_process(grace: float) -> None:
    logger.error("a handler still runs %g s after the signal; the process ends without it", grace)
    os._exit(1)

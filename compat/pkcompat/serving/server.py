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
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from partyserver.limits import Limits
from partyserver.sockets import MAX_MESSAGE_BYTES
from partyserver.uvicorn_protocol import PartyWebSocketProtocol, http_protocol
from pkcompat.errors import PkcompatError
from pkcompat.serving.event_loop import loop_factory
from pkcompat.serving.stopping_server import ACCEPTED_AT_ONCE, BACKLOG, StoppingServer

logger = logging.getLogger("pkcompat")

LOOPBACK = "127.0.0.1"
_UVICORN_SLEEPS = 0.3  # seconds that uvicorn's own polling may add to a shutdown
_ANY_ADDRESS = {"0.0.0.0": LOOPBACK, "::": "::1"}
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Drain = Callable[[float], Awaitable[object]]
"""Waits for the application's running handlers, at most the given number of seconds."""


class ListenError(PkcompatError):
    """The server cannot listen on the address. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """The address that a server listens on."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The base URL for clients on this machine."""
        return self._url(_ANY_ADDRESS.get(self.host, self.host))

    @property
    def urls(self) -> list[str]:
        """All base URLs: if the server listens on all addresses, also the URL for other machines."""
        outside = _outside_address() if self.host in _ANY_ADDRESS else None
        return [self.url] if outside is None else [self.url, self._url(outside)]

    @property
    def host_and_port(self) -> str:
        """The address itself, as it stands in a URL."""
        return self._url(self.host).removeprefix("http://")

    def _url(self, host: str) -> str:
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def _outside_address() -> str | None:
    """This machine's address in its network; connecting a UDP socket finds it without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, an address for documentation (RFC 5737)
        except OSError:
            return None
        return str(probe.getsockname()[0])


def listen(host: str = LOOPBACK, port: int = 0) -> socket.socket:
    """Open a listening socket.

    Args:
        host: a host name or an IPv4 or IPv6 address.
        port: a TCP port; 0 for any free one.

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
        raise ListenError(f"cannot listen on {host!r}: it is not a host name") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ListenError(_problem(host, port, error)) from None
    listener.setblocking(False)
    return listener


def _problem(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use; stop what listens there, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} is not allowed for this user; choose one above 1023 with --port"
    return f"cannot listen on {host} port {port}: {error.strerror or error}"


def address_of(listener: socket.socket) -> Address:
    """The address that a socket listens on."""
    host, port = listener.getsockname()[:2]
    return Address(host, port)


def uvicorn_config(app: ASGIApp, grace: float = 1.0, limits: Limits | None = None) -> uvicorn.Config:
    """The configuration of uvicorn for a host, with our WebSocket protocol.

    Args:
        app: the application.
        grace: seconds that connections get to close at shutdown.
        limits: those that hold before a request reaches the application; `Limits()` by default.
    """
    return uvicorn.Config(
        app,
        http=http_protocol(limits or Limits()),
        ws=PartyWebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # it would cost 34 KB per idle socket
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        backlog=ACCEPTED_AT_ONCE,
        timeout_graceful_shutdown=max(1, round(grace)),
    )


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp,
    *,
    grace: float = 1.0,
    limits: Limits | None = None,
    listener: socket.socket | None = None,
) -> AsyncIterator[Address]:
    """Serve an application in this event loop while the context lasts.

    Args:
        app: an ASGI application that understands lifespan events, such as a `Host`.
        grace: seconds that connections get to close at shutdown.
        limits: those that hold before a request reaches the application; `Limits()` by default.
        listener: a socket from `listen`, which is closed at the end; by default one on a free loopback port.
    """
    listener = listener or listen()
    started = asyncio.Event()
    server = StoppingServer(uvicorn_config(app, grace, limits), started.set, _at_once)
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
    """How the time between a signal and the end of the process is divided.

    Attributes:
        total: the whole time in seconds.
    """

    total: float

    @property
    def closing(self) -> float:
        """For closing the sockets, and as much again for the `on_close` handlers that this calls."""
        return min(2.0, self.total / 10)

    @property
    def shadowing(self) -> float:
        """For a shadow to catch up after the host has ended; a part of the time for draining."""
        return self.total / 3

    @property
    def draining(self) -> float:
        """For handlers that are running when the signal arrives."""
        return max(0.0, self.total - 2 * self.closing - _UVICORN_SLEEPS)


def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    on_started: Callable[[], None] = lambda: None,
    drain: Drain | None = None,
    grace: float = 5.0,
    limits: Limits | None = None,
    signals: Iterable[signal.Signals] = STOP_SIGNALS,
    stop_when_readable: int | None = None,
    beside: tuple[ASGIApp, socket.socket] | None = None,
) -> None:
    """Serve an application until a signal; must run in the main thread.

    On a signal, new connections are refused, running handlers finish, WebSockets are closed with 1012, and
    the application's lifespan ends. A second signal ends the process at once. A process that a handler blocks
    is ended with exit status 1 one second after the grace time.

    Args:
        app: an ASGI application that understands lifespan events, such as a `Host`.
        listener: a socket from `listen`.
        on_started: called when clients can connect.
        drain: waits for handlers, such as `Host.drain`.
        grace: seconds that stopping may take.
        limits: those that hold before a request reaches the application; `Limits()` by default.
        signals: the signals that stop the server.
        stop_when_readable: a file descriptor that stops the server when it becomes readable.
        beside: another application, served until all is stopped, and a socket from `listen` for it.
    """
    shares = Grace(grace)

    async def drained() -> None:
        if drain is not None:
            await drain(shares.draining)

    config = uvicorn_config(app, limits=limits)
    config.timeout_graceful_shutdown = shares.closing  # type: ignore[assignment] # seconds, to uvicorn too
    server = StoppingServer(config, on_started, drained)

    def stop(*_: object) -> None:
        server.should_exit = True
        for number in signals:
            signal.signal(number, signal.SIG_DFL)  # the next one ends the process
        _end_later(grace)

    async def run() -> None:
        if stop_when_readable is not None:
            asyncio.get_running_loop().add_reader(stop_when_readable, stop)
        async with _beside(beside):
            await server.serve([listener])

    for number in signals:
        signal.signal(number, stop)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(run())
    finally:
        listener.close()


def _beside(
    other: tuple[ASGIApp, socket.socket] | None,
) -> contextlib.AbstractAsyncContextManager[Address | None]:
    return contextlib.nullcontext() if other is None else serving(other[0], listener=other[1])


def _end_later(grace: float) -> None:
    """End the process if it still runs then; by a thread, as a handler may block the event loop."""
    last_resort = threading.Timer(grace + 1.0, _end_process, [grace])
    last_resort.daemon = True
    last_resort.start()


def _end_process(grace: float) -> None:
    logger.error("a handler is still running %g s after the signal; ending the process", grace)
    os._exit(1)

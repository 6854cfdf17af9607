"""The host under ASGI servers as they come, over real sockets: the class forms of the recordings, many at the
same time, on one host a server. `test_recordings.py` has what needs the protocol class of our own."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import hypercorn.asyncio
import hypercorn.config
import pytest
import uvicorn
from granian.constants import Interfaces
from granian.server.embed import Server as EmbeddedGranian
from tests.imports import imports_undone
from tests.test_recordings import CRONS, ENGINE_TEXTS, FIXTURES, RECORDINGS, Run, told

from partyserver import Host, PartyServer
from pkcompat.playing.player import play
from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.project.module_loading import ModuleLoader
from pkcompat.project.targets import load_party
from pkcompat.serving.server import LOOPBACK, address_of, listen
from pkcompat.traffic.comparison import AGAINST_RECORDING, Rules, compare
from pkcompat.traffic.file import load_traffic
from pkcompat.traffic.steps import Raw, Traffic
from pkcompat.traffic.transcript import Transcript

SECONDS_TO_START = 20

# Its party has the name of the party of `slow_connect`.
PLAYED = [name for name in RECORDINGS if name != "slow_connect_burst"]

# ASGI has no event for a client that breaks the protocol. uvicorn gives the close code that it sent, these do
# not: the party sees a close in place of an error.
PROTOCOL_ERRORS_ARE_CLOSES = {("hypercorn", "error_events"), ("granian", "error_events")}

Serving = Callable[[Host], AbstractAsyncContextManager[int]]
Outcomes = Mapping[tuple[str, str], Transcript | BaseException]


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def under_uvicorn(host: Host) -> AsyncIterator[int]:
    listener = listen()
    server = _Uvicorn(uvicorn.Config(host, log_config=None, server_header=False, date_header=False))
    task = asyncio.create_task(server.serve([listener]))
    yield address_of(listener).port
    server.should_exit = True
    await task


@asynccontextmanager
async def under_hypercorn(host: Host) -> AsyncIterator[int]:
    listener = listen()
    port = address_of(listener).port
    config = hypercorn.config.Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.include_server_header = config.include_date_header = False
    ended = asyncio.Event()
    task = asyncio.create_task(hypercorn.asyncio.serve(host, config, shutdown_trigger=ended.wait))  # type: ignore[arg-type]
    yield port
    ended.set()
    await task


@asynccontextmanager
async def under_granian(host: Host) -> AsyncIterator[int]:
    with listen() as listener:  # granian takes no socket, and does not tell which port it took
        port = address_of(listener).port
    server = EmbeddedGranian(host, LOOPBACK, port, interface=Interfaces.ASGI, log_enabled=False)
    task = asyncio.create_task(server.serve())
    await listening(port)
    yield port
    server.stop()
    await task


async def listening(port: int) -> None:
    async with asyncio.timeout(SECONDS_TO_START):
        while True:
            with contextlib.suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection(LOOPBACK, port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.02)


SERVERS: dict[str, Serving] = {
    "uvicorn": under_uvicorn,
    "hypercorn": under_hypercorn,
    "granian": under_granian,
}


def recording(name: str) -> Traffic:
    return load_traffic(FIXTURES / "recordings" / f"{name}.json")


def parties() -> dict[str, type[PartyServer]]:
    def load(name: str) -> type[PartyServer]:
        return load_party(str(FIXTURES / "class_form" / f"{name}.py"), ModuleLoader()).server_class

    return {
        **{recording(name).party: load(name) for name in PLAYED},
        "main": load("main_hooks"),
        "other_party": load("other_party"),
    }


async def play_one(name: str, port: int) -> Transcript:
    traffic = recording(name)
    async with SocketTransport(LOOPBACK, port) as transport:
        return await play(traffic, transport, expected=traffic.transcript)


async def play_all() -> dict[tuple[str, str], Transcript | BaseException]:
    """Play everything under every server; traffic in which time matters first, so that nothing is late."""
    outcomes: dict[tuple[str, str], Transcript | BaseException] = {}
    async with contextlib.AsyncExitStack() as stack:
        ports = {}
        for server, serving in SERVERS.items():
            host = Host(parties(), crons=CRONS, schedule_crons=False, debug=True)
            ports[server] = await stack.enter_async_context(serving(host))
        for timed in (True, False):
            names = [name for name in PLAYED if Run(name, "class form").is_timed is timed]
            cases = [(server, name) for server in SERVERS for name in names]
            playing = [play_one(name, ports[server]) for server, name in cases]
            outcomes |= zip(cases, await asyncio.gather(*playing, return_exceptions=True), strict=True)
    return outcomes


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Outcomes]:
    """What came of every recording under every server."""
    with imports_undone(FIXTURES):
        yield asyncio.run(play_all())


@pytest.mark.parametrize("name", PLAYED)
@pytest.mark.parametrize("server", SERVERS)
def test_every_server_gives_the_recording(server: str, name: str, outcomes: Outcomes) -> None:
    outcome = outcomes[server, name]
    if isinstance(outcome, BaseException):
        raise outcome
    traffic = recording(name)
    assert traffic.transcript is not None
    texts = tuple(re.compile(text) for text in [ENGINE_TEXTS.get(name)] if text)
    differences = compare(traffic.transcript, outcome, Rules(AGAINST_RECORDING.headers, texts))
    if (server, name) in PROTOCOL_ERRORS_ARE_CLOSES:
        assert {type(traffic.steps[difference.step]) for difference in differences} == {Raw}
    else:
        assert not differences, "\n".join(told(traffic, difference) for difference in differences)

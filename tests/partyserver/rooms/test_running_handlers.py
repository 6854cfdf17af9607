"""How many handlers may run for messages: past that connections are not read, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop
import websockets
from tests.partyserver.in_process import until
from tests.partyserver.wire_paths import DIRECT, OURS, PATHS, RawPeer, Server, raw_peer, serving
from tests.partyserver.wires import client_frame, handshake, text_frame
from websockets.frames import Opcode

from partyserver import Connection, EdgeSocket, Host, Limits, PartyServer, ServerOptions
from partyserver.edge import turnstile
from partyserver.rooms import RunningHandlers
from partyserver.sockets import Socket

MANY = 300
Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine in each kind of loop."""
    loops = {"asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}

    def run(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=loops[request.param]) as runner:
            runner.run(main)

    return run


class Handled:
    """What the handlers of a party did.

    Attributes:
        begun: the messages, in the order in which their handlers began.
        may_end: set when they may end.
        ended: how many have.
        closed: the connections whose `on_close` ran.
    """

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.may_end = asyncio.Event()
        self.ended = 0
        self.closed: list[str] = []

    async def handle(self, message: str | bytes) -> None:
        self.begun.append(str(message))
        await self.may_end.wait()
        self.ended += 1


def waiting(handled: Handled) -> type[PartyServer]:
    """A party whose messages are handled once they may be."""

    class Waiting(PartyServer):
        async def on_message(self, message: str | bytes, sender: Connection) -> None:
            if message == "close":
                sender.close(4000, "enough")
            await handled.handle(message)

        def on_close(self, connection: Connection) -> None:
            handled.closed.append(connection.id)

    return Waiting


def listening(handled: Handled) -> type[PartyServer]:
    """The same by async listeners of a connection, and of a socket that is in no room."""

    class Listening(PartyServer):
        options = ServerOptions(hibernate=False)

        def on_connect(self, connection: Connection, ctx: object) -> None:
            connection.add_event_listener("message", lambda event: handled.handle(event.data))

        @staticmethod
        def on_socket(socket: EdgeSocket, lobby: object, ctx: object) -> None:
            socket.add_event_listener("message", lambda event: handled.handle(event.data))

    return Listening


@asynccontextmanager
async def flooded(
    party: Callable[[Handled], type[PartyServer]],
    path: str = DIRECT,
    room: str = "/party/room",
    **config: Any,
) -> AsyncIterator[tuple[Handled, RawPeer, Server]]:
    """A host whose client has sent many messages, while no handler may end."""
    handled = Handled()
    host = Host(
        {"main": party(handled)}, limits=Limits(max_handlers=10, stuck_handler=0), shutdown_timeout=0.1
    )
    async with serving(host, path, **config) as server, raw_peer(server, room) as peer:
        await peer.send(b"".join(text_frame(str(number)) for number in range(MANY)))
        await until(lambda: len(handled.begun) >= 10)
        await asyncio.sleep(0.05)
        yield handled, peer, server


EVERY_KIND = [(waiting, "/party/room", 10), (listening, "/party/room", 10), (listening, "/elsewhere", 10)]


@pytest.mark.parametrize("path", PATHS)
def test_messages_past_the_bound_wait_unread_and_none_is_lost(path: str, run: Run) -> None:
    async def main() -> None:
        for party, room, most in EVERY_KIND:
            async with flooded(party, path, room) as (handled, _, _):
                # a message and its listener count one each
                assert most / 2 <= len(handled.begun) <= most + 1
                handled.may_end.set()
                await until(lambda handled=handled: handled.ended == MANY)  # type: ignore[misc]
                assert handled.begun == [str(number) for number in range(MANY)]

    run(main())


def test_a_close_behind_them_comes_after_them(run: Run) -> None:
    async def main() -> None:
        async with flooded(waiting) as (handled, peer, _):
            await peer.send(client_frame(Opcode.CLOSE, b"\x03\xe8"))
            await asyncio.sleep(0.05)
            assert not handled.closed
            handled.may_end.set()
            await until(lambda: handled.closed)
            assert handled.begun == [str(number) for number in range(MANY)]
            assert len(handled.closed) == 1

    run(main())


@pytest.mark.parametrize("path", OURS)
def test_a_peer_whose_pongs_are_not_read_stays(path: str, run: Run) -> None:
    async def main() -> None:
        handled = Handled()
        host = Host({"main": waiting(handled)}, limits=Limits(max_handlers=2, stuck_handler=0))
        async with serving(host, path, ws_ping_interval=0.05, ws_ping_timeout=0.1) as server:
            async with websockets.connect(f"ws://127.0.0.1:{server.port}/party/room") as client:
                for number in range(8):
                    await client.send(str(number))
                await asyncio.sleep(0.5)
                assert len(handled.begun) == 2
                handled.may_end.set()
                await until(lambda: handled.ended == 8)
                await asyncio.sleep(0.3)  # and pings go on
                await client.send("8")
                await until(lambda: handled.ended == 9)

    run(main())


@pytest.mark.parametrize("path", OURS)
def test_a_peer_that_has_gone_meanwhile_leaves_its_room(
    path: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turnstile, "LOOK_EVERY", 0.05)

    async def main() -> None:
        async with flooded(waiting, path, ws_ping_interval=0.05, ws_ping_timeout=0.1) as (handled, peer, _):
            peer.close()
            await until(lambda: handled.closed)
            handled.may_end.set()
            await until(lambda: handled.ended == len(handled.begun))
            assert len(handled.begun) < 20  # what it had sent beyond is dropped

    run(main())


def test_a_close_by_the_server_is_answered_though_nothing_was_read(run: Run) -> None:
    async def main() -> None:
        handled = Handled()
        host = Host({"main": waiting(handled)}, limits=Limits(max_handlers=2, stuck_handler=0))
        async with serving(host) as server:
            async with websockets.connect(f"ws://127.0.0.1:{server.port}/party/room") as client:
                await client.send("0")
                await client.send("close")
                for number in range(50):
                    await client.send(str(number))
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    await client.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd_then_sent) == (4000, True)
            await until(lambda: handled.closed)
            handled.may_end.set()

    run(main())


def test_a_stop_drops_what_waits(run: Run) -> None:
    async def main() -> None:
        async with flooded(waiting) as (handled, peer, server):
            begun = len(handled.begun)
            server.should_exit = True
            assert b"\x88\x02\x03\xf4" in (await peer.read_all())[0]  # 1012
        assert len(handled.begun) == begun
        assert len(handled.closed) == 1

    run(main())


def test_messages_that_came_with_the_handshake_count(run: Run) -> None:
    async def main() -> None:
        handled = Handled()

        class Greeting(waiting(handled)):  # type: ignore[misc]
            async def on_connect(self, connection: Connection, ctx: object) -> None:
                await connected.wait()

        connected = asyncio.Event()
        host = Host({"main": Greeting}, limits=Limits(max_handlers=10, stuck_handler=0))
        async with serving(host) as server:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(handshake())
            await asyncio.sleep(0.05)
            writer.write(b"".join(text_frame(str(number)) for number in range(MANY)))
            await asyncio.sleep(0.05)
            connected.set()
            await until(lambda: len(handled.begun) >= 10)
            await asyncio.sleep(0.05)
            assert len(handled.begun) == 10
            writer.write(client_frame(Opcode.CLOSE, b"\x03\xe8"))
            handled.may_end.set()
            await until(lambda: handled.closed)
            assert handled.begun == [str(number) for number in range(MANY)]
            writer.close()
            await writer.wait_closed()

    run(main())


async def test_a_room_that_has_too_many_stops_whoever_sends() -> None:
    handled = Handled()
    host = Host({"main": waiting(handled)}, limits=Limits(max_room_handlers=10, stuck_handler=0))
    async with serving(host) as server:
        async with (
            raw_peer(server) as one,
            raw_peer(server) as other,
            raw_peer(server, "/party/else") as third,
        ):
            for peer in (one, other, third):
                await peer.send(b"".join(text_frame("x") for _ in range(50)))
            await until(lambda: len(handled.begun) >= 21)
            await asyncio.sleep(0.05)
            assert len(handled.begun) <= 22
            handled.may_end.set()
            await until(lambda: handled.ended == 150)


# The counting, without sockets


class Flow:
    """Notes whether it is paused."""

    is_paused = False

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


def socket() -> tuple[Socket, Flow]:
    made, flow = Socket(None), Flow()  # type: ignore[arg-type]
    made._flow = flow
    return made, flow


def test_reading_goes_on_when_half_have_ended() -> None:
    running = RunningHandlers(4, 0)
    a, flow = socket()
    for number in range(1, 5):
        assert not flow.is_paused
        running.began(a, str(number))
    assert flow.is_paused
    running.ended(a, "1")
    assert flow.is_paused
    running.ended(a, "2")
    assert not flow.is_paused


def test_a_long_message_counts_for_its_length() -> None:
    running = RunningHandlers(65, 0)
    a, flow = socket()
    running.began(a, b"x" * (1 << 20))
    assert flow.is_paused
    running.ended(a, b"x" * (1 << 20))
    assert not flow.is_paused


def test_in_a_full_room_all_wait_until_half_have_ended() -> None:
    running = RunningHandlers(0, 4)
    (a, flow_a), (b, flow_b) = socket(), socket()
    for each in (a, a, b, b):
        running.began(each, "x")
    running.began(a, "x")
    assert (flow_a.is_paused, flow_b.is_paused) == (True, True)
    running.ended(a, "x")
    running.ended(b, "x")
    assert (flow_a.is_paused, flow_b.is_paused) == (True, True)
    running.ended(b, "x")
    assert (flow_a.is_paused, flow_b.is_paused) == (False, False)


def test_a_socket_that_ended_is_forgotten() -> None:
    running = RunningHandlers(2, 0)
    a, flow = socket()
    running.began(a, "x")
    running.began(a, "x")
    running.forget(a)
    running.ended(a, "x")
    running.ended(a, "x")
    assert flow.is_paused
    assert running._paused is None


def test_zero_is_no_bound() -> None:
    running = RunningHandlers(0, 0)
    a, flow = socket()
    for _ in range(20_000):
        running.began(a, "x")
    assert not flow.is_paused

"""Serving over real sockets: headers, ports, hosts, startup errors."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from partyserver import Connection, ConnectionContext, Host, PartyServer
from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.serving.server import Address, Grace, ListenError, address_of, listen, serving
from pkcompat.serving.stopping_server import StartupError
from pkcompat.traffic.steps import Connect
from pkcompat.traffic.transcript import Event, Message, Opened


class Greeter(PartyServer):
    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.send("hello")


async def test_a_host_is_served_over_real_sockets() -> None:
    events: asyncio.Queue[Event] = asyncio.Queue()
    async with (
        serving(Host({"main": Greeter})) as address,
        SocketTransport(address.host, address.port) as transport,
    ):
        result, _ = await transport.connect(Connect("a", "/party/r"), events.put_nowait)
        assert result == Opened()
        assert await asyncio.wait_for(events.get(), 5) == Message("hello")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.host, address.port), 1)


async def test_answers_carry_no_server_and_no_date() -> None:
    async with serving(Host({})) as address, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{address.url}/nothing")
    assert answer.status_code == 404
    assert not {"server", "date"} & set(answer.headers)


async def test_many_servers_in_one_loop() -> None:
    async with serving(Host({})) as one, serving(Host({})) as other:
        assert one.port != other.port


async def test_an_application_that_does_not_start_is_told() -> None:
    @asynccontextmanager
    async def fail(app: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no start")
        yield

    with pytest.raises(StartupError):
        async with serving(Starlette(lifespan=fail)):
            pass


def test_a_taken_port_is_told_with_what_to_do() -> None:
    with listen() as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port} of 127.0.0.1 is in use; .* --port"):
            listen("127.0.0.1", port)


def test_an_unknown_host_is_told() -> None:
    with pytest.raises(ListenError, match=r"cannot listen on 192\.0\.2\.1"):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize("host", ["", ".", "a" * 64, "no host"])
def test_what_is_no_host_name_is_told(host: str) -> None:
    with pytest.raises(ListenError, match=f"cannot listen on '{host}': "):
        listen(host)


def test_where_a_socket_listens() -> None:
    with listen() as listener:
        assert address_of(listener) == Address("127.0.0.1", listener.getsockname()[1])


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (Address("127.0.0.1", 80), "http://127.0.0.1:80"),
        (Address("0.0.0.0", 1), "http://127.0.0.1:1"),
        (Address("::1", 1), "http://[::1]:1"),
    ],
)
def test_urls(address: Address, url: str) -> None:
    assert address.url == url


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_serving_well(number: signal.Signals) -> None:
    program = (
        "from partyserver import Host\n"
        "from pkcompat.serving.server import listen, serve\n"
        "serve(Host({}), listen(), on_started=lambda: print('up', flush=True))\n"
        "print('down', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        os.kill(process.pid, number)
        out, errors = process.communicate(timeout=20)
    assert (out, errors, process.returncode) == ("down\n", "", 0)


@pytest.mark.parametrize("total", [0.0, 0.1, 1.0, 5.0, 60.0])
def test_the_grace_time_is_enough_for_all_of_its_shares(total: float) -> None:
    grace = Grace(total)
    assert grace.closing >= 0
    assert grace.draining >= 0
    assert grace.draining + 2 * grace.closing <= total


def test_the_grace_time_is_the_handlers_for_the_most_part() -> None:
    assert Grace(5.0).draining == pytest.approx(3.7)


def test_an_address_of_every_interface_has_a_second_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pkcompat.serving.server._outside_address", lambda: "192.0.2.7")
    assert Address("0.0.0.0", 1).urls == ["http://127.0.0.1:1", "http://192.0.2.7:1"]
    assert Address("127.0.0.1", 1).urls == ["http://127.0.0.1:1"]
    monkeypatch.setattr("pkcompat.serving.server._outside_address", lambda: None)
    assert Address("0.0.0.0", 1).urls == ["http://127.0.0.1:1"]


def test_it_ends_when_a_file_can_be_read() -> None:
    program = (
        "import os\n"
        "from partyserver import Host\n"
        "from pkcompat.serving.server import listen, serve\n"
        "end, other = os.pipe()\n"
        "serve(Host({}), listen(), on_started=lambda: os.close(other), stop_when_readable=end)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)

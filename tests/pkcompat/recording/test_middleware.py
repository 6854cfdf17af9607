"""Recording real clients of a host, as an ASGI middleware."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.types import ASGIApp

from partyserver import Connection, ConnectionContext, Host, PartyServer, Request, Response
from pkcompat.playing.socket_transport import SocketTransport
from pkcompat.playing.transport import Connection as ClientConnection
from pkcompat.project.hosting import HostPlan
from pkcompat.recording import middleware as traffic_recorder
from pkcompat.recording.middleware import recorded_path
from pkcompat.recording.session import RecordedServing
from pkcompat.serving.request_log import RequestLog
from pkcompat.serving.server import serving
from pkcompat.traffic.file import load_traffic
from pkcompat.traffic.masking import MaskSettings
from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Raw, Send, Step
from pkcompat.traffic.transcript import Closed, Event, Message


class Echo(PartyServer):
    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        if connection.id == "unwanted":
            connection.close(4000, "no")
        else:
            connection.send(connection.id)

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        sender.send(message)

    async def on_request(self, request: Request) -> Response:
        return Response(str(len(await request.body())))

    @staticmethod
    def on_before_connect(request: Request, lobby: object, ctx: object) -> Request | Response:
        return Response(status_code=403) if "refuse" in request.query_params else request


class Recorded:
    """A recorded host, and clients of it."""

    def __init__(
        self, transport: SocketTransport, serving: RecordedServing, stop: Callable[[], Awaitable[None]]
    ) -> None:
        self.transport = transport
        self.stop = stop
        self.serving = serving
        self.events: asyncio.Queue[Event] = asyncio.Queue()

    async def connect(self, path: str, *headers: tuple[str, str]) -> ClientConnection | None:
        _, connection = await self.transport.connect(Connect("x", path, headers), self.events.put_nowait)
        return connection

    async def event(self) -> Event:
        return await asyncio.wait_for(self.events.get(), 5)

    async def has(self, number: int) -> None:
        async with asyncio.timeout(5):
            while self.serving.file.steps < number:  # noqa: ASYNC110 - it is told to nobody
                await asyncio.sleep(0.01)

    def steps(self) -> tuple[Step, ...]:
        self.serving.end()
        return load_traffic(self.serving.file.path).steps


@asynccontextmanager
async def recorded(path: Path, *, logged: bool = True) -> AsyncIterator[Recorded]:
    serving_recorded = RecordedServing(path / "t.json", 1_000_000, MaskSettings(), HostPlan({}), {})
    app: ASGIApp = serving_recorded.wrapped(Host({"main": Echo}))
    async with AsyncExitStack() as server:
        address = await server.enter_async_context(serving(RequestLog(app) if logged else app))
        async with SocketTransport(address.host, address.port) as transport:
            yield Recorded(transport, serving_recorded, server.aclose)


@pytest.mark.parametrize("logged", [True, False])
async def test_what_clients_do_over_real_sockets(tmp_path: Path, logged: bool) -> None:
    async with recorded(tmp_path, logged=logged) as host:
        first = await host.connect("/party/r?_pk=a", ("x-color", "red"))
        second = await host.connect("/party/r%20s?_pk=b&token=s3cret")
        assert first is not None
        assert second is not None
        await host.event(), await host.event()
        await first.send("hi")
        assert await host.event() == Message("hi")
        await second.send(b"\xff")
        assert await host.event() == Message(b"\xff")
        await first.close(Close("x", 4001, "bye"))
        await host.has(5)
        await second.drop()
        await host.has(6)
        await host.transport.request(Http("PUT", "/party/r?q=1", (("x-color", "blue"),), b"body"))
        await host.transport.request(Http("GET", "/no/room"))
    steps = host.steps()
    masked = steps[1].path.partition("token=")[2] if isinstance(steps[1], Connect) else ""
    assert masked.startswith("masked-")
    agent = steps[6].headers[-1:] if isinstance(steps[6], Http) else ()
    noise = {"accept", "user-agent"}
    assert [without_headers(step, noise) for step in steps] == [
        Connect("c1", "/party/r?_pk=a", (("x-color", "red"),)),
        Connect("c2", f"/party/r%20s?_pk=b&token={masked}"),
        Send("c1", "hi"),
        Send("c2", b"\xff"),
        Close("c1", 4001, "bye"),
        Drop("c2"),
        Http("PUT", "/party/r?q=1", (("x-color", "blue"),), b"body"),
        Http("GET", "/no/room"),
    ], agent


def without_headers(step: Step, names: set[str]) -> Step:
    if isinstance(step, Connect):
        return Connect(step.client, step.path, tuple(pair for pair in step.headers if pair[0] not in names))
    if isinstance(step, Http):
        kept = tuple(pair for pair in step.headers if pair[0] not in names)
        return Http(step.method, step.path, kept, step.body)
    return step


async def test_an_id_that_the_host_chooses_is_written_down(tmp_path: Path) -> None:
    async with recorded(tmp_path) as host:
        await host.connect("/party/r?name=ann")
        event = await host.event()
        assert isinstance(event, Message)
        await host.connect("/party/r?_pk=")
        second = await host.event()
        assert isinstance(second, Message)
        await host.connect("/outside")
    paths = [step.path for step in host.steps() if isinstance(step, Connect)]
    assert paths == [
        f"/party/r?_pk={event.data!s}&name=ann",
        f"/party/r?_pk={second.data!s}&_pk=",
        "/outside",
    ]
    assert event.data != second.data


@pytest.mark.parametrize(
    "frame",
    [b"\x83\x80\0\0\0\0", b"\x81\x82\0\0\0\0\xc3\x28", b"\x82\xff\0\0\0\0\x7f\0\0\0\0\0\0\0"],
    ids=["opcode", "utf-8", "size"],
)
async def test_a_broken_protocol_is_broken_again_when_it_is_replayed(tmp_path: Path, frame: bytes) -> None:
    ends = []
    for folder in ("recorded", "replayed"):
        (tmp_path / folder).mkdir()
        async with recorded(tmp_path / folder) as host:
            connection = await host.connect("/party/r?_pk=a")
            assert connection is not None
            await host.event()
            await connection.raw(frame)
            end = await host.event()
            assert isinstance(end, Closed)
            ends.append(end.code)
        _, raw = host.steps()
        assert isinstance(raw, Raw)
        frame = raw.data
    assert ends[0] == ends[1]


async def test_what_the_server_does_is_no_step(tmp_path: Path) -> None:
    async with recorded(tmp_path) as host:
        await host.connect("/party/r?_pk=unwanted")
        await host.event()
        await host.connect("/party/r?_pk=a&refuse")
        await host.connect("/party/r?_pk=a")
        await host.event()
        await host.stop()
    assert [type(step) for step in host.steps()] == [Connect] * 3


async def test_messages_at_once_are_a_burst(tmp_path: Path) -> None:
    async with recorded(tmp_path) as host:
        connection = await host.connect("/party/r?_pk=a")
        assert connection is not None
        await host.event()
        for text in "abc":
            await connection.send(text)
        for _ in "abc":
            await host.event()
        await host.has(2)
    assert sent(host.steps()[1:]) == ["a", "b", "c"]


def sent(steps: tuple[Step, ...]) -> list[object]:
    """What was sent: how much of it arrived before the first answer is the machine's to say."""
    found: list[object] = []
    for step in steps:
        if isinstance(step, Burst):
            found += [data for _, data in step.sends]
        elif isinstance(step, Send):
            found.append(step.data)
    return found


async def test_a_body_that_is_too_long_is_served_and_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic_recorder, "LARGEST_BODY", 200_000)
    async with recorded(tmp_path) as host:
        answer = await host.transport.request(Http("POST", "/party/r", body=b"x" * 1_000_000))
        assert getattr(answer, "body", None) == b"1000000"
        await host.transport.request(Http("POST", "/party/r", body=b"x" * 200_000))
    report = host.serving.end()
    assert (report.steps, report.left_out) == (1, 1)


async def test_a_full_recording_lets_everything_through(tmp_path: Path) -> None:
    async with recorded(tmp_path) as host:
        host.serving.file.full = True
        answer = await host.transport.request(Http("POST", "/party/r", body=b"123"))
        assert getattr(answer, "body", None) == b"3"
        await host.connect("/party/r?_pk=a")
        assert await host.event() == Message("a")
    assert host.steps() == ()


def test_paths_are_ascii_without_spaces() -> None:
    scope = {"path": "/party/é", "raw_path": b"/party/\xe9", "query_string": "q=ü x".encode("latin-1")}
    assert recorded_path(scope) == f"/party/%E9?q={quote('ü', encoding='latin-1')}%20x"

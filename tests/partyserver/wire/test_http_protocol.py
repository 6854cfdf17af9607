"""HTTP with limits, through real sockets and with both parsers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.responses import StreamingResponse
from tests.partyserver.wire.raw_http import UPGRADE, answered, client, serving
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.asyncio.client import connect

from partyserver import Host, Limits, PartyServer, Request, Response
from partyserver.wire.h11_protocol import LimitedH11
from partyserver.wire.httptools_protocol import MOST_PIPELINED, LimitedHttpTools

GET = b"GET /party/room HTTP/1.1\r\nHost: test\r\n"
POST = b"POST /party/room HTTP/1.1\r\nHost: test\r\n"
WEBSOCKET = b"GET /party/room HTTP/1.1\r\n" + UPGRADE


class Talks(PartyServer):
    """Answers with the length of the body, or as the query says."""

    async def on_request(self, request: Request) -> Response:
        if "early" in request.query_params:
            return Response("early", headers={"connection": "close"} if "close" in request.url.query else {})
        if "slow" in request.query_params:
            await asyncio.sleep(0.4)
        return Response(str(len(await request.body())))

    def on_message(self, message: str | bytes, sender: object) -> None:
        sender.send(message)  # type: ignore[attr-defined]


PARSERS = {"httptools": LimitedHttpTools, "h11": LimitedH11}
HOST = {"main": Talks}


@pytest.fixture(params=PARSERS)
def parser(request: pytest.FixtureRequest) -> Any:
    return PARSERS[request.param]


@pytest.fixture
async def port(parser: Any) -> AsyncIterator[int]:
    async with serving(Host(HOST), parser, Limits(max_header_bytes=20_000)) as port:
        yield port


# The head: what it says


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x/party/open?\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a:port\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\xc3\xa9\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n\r\n", 404),
        (b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a.test:8080\r\nConnection: close\r\n\r\n", 404),
        (b"GET / HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: close\r\n\r\n", 404),
        (b"GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 404),
    ],
)
async def test_the_host_header_is_checked(port: int, head: bytes, status: int) -> None:
    assert await answered(port, head) == status


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (WEBSOCKET.replace(b"Host: test\r\n", b"") + b"\r\n", 400),
        (WEBSOCKET + b"Host: other\r\n\r\n", 400),
        (WEBSOCKET + b"Content-Length: 2\r\n\r\nhi", 400),
        (WEBSOCKET + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 400),
        (WEBSOCKET.replace(b"GET", b"POST") + b"\r\n", 405),
        (WEBSOCKET.replace(b"/room", b"/h\xc3\xa9") + b"\r\n", 400),
        (WEBSOCKET.replace(b"Version: 13", b"Version: 8") + b"\r\n", 400),
        (WEBSOCKET.replace(b"GET ", b"GET /" + b"a" * 20_000) + b"\r\n", 414),
        (WEBSOCKET + b"A: " + b"a" * 20_000 + b"\r\n\r\n", 431),
    ],
)
async def test_a_handshake_that_cannot_be_served_is_answered(port: int, head: bytes, status: int) -> None:
    assert await answered(port, head) == status


@pytest.mark.parametrize("length", [b"0", b"00"])
async def test_a_handshake_may_say_that_it_has_no_body(port: int, length: bytes) -> None:
    async with client(port) as connection:
        connection.send(WEBSOCKET, b"Content-Length: " + length + b"\r\n\r\n")
        assert (await connection.head()).startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize(
    "more",
    [b"Cookie: " + b"c" * 9_000 + b"\r\n", b"".join(b"X-%d: 1\r\n" % number for number in range(300))],
    ids=["long", "many"],
)
async def test_a_handshake_may_have_headers_that_websockets_does_not_take(port: int, more: bytes) -> None:
    async with client(port) as connection:
        connection.send(WEBSOCKET, more, b"\r\n")
        assert (await connection.head()).startswith(b"HTTP/1.1 101 ")


async def test_a_handshake_may_have_a_path_that_websockets_does_not_take(port: int) -> None:
    async with client(port) as connection:
        connection.send(WEBSOCKET.replace(b"/room", b"/room?" + b"a" * 9_000), b"\r\n")
        assert (await connection.head()).startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (b"A: " + b"a" * 9_000 + b"\r\n", 431),
        (b"".join(b"X-%d: 1\r\n" % number for number in range(200)), 431),
        (b"Content-Length: 2\r\n", 400),
    ],
)
@pytest.mark.parametrize("uvicorns", [HttpToolsProtocol, H11Protocol])
async def test_behind_uvicorns_own_http_class_a_handshake_is_answered_too(
    uvicorns: Any, more: bytes, status: int
) -> None:
    async with serving(Host(HOST), uvicorns, Limits()) as port:
        assert await answered(port, WEBSOCKET, more, b"\r\n", b"hi" if status == 400 else b"") == status


# The head: how long it may be


@pytest.mark.parametrize("piece", [1_000, 100_000, 3_000_000])
async def test_a_long_head_is_answered_also_to_a_client_that_goes_on_sending(port: int, piece: int) -> None:
    assert await answered(port, GET, *[b"A: " + b"a" * piece + b"\r\n"] * (30_000 // piece + 1)) == 431


async def test_many_headers_make_a_long_head(port: int) -> None:
    assert await answered(port, GET, b"A: b\r\n" * 4_000, b"\r\n") == 431


async def test_a_long_path_is_told_apart(port: int) -> None:
    assert await answered(port, b"GET /" + b"a" * 30_000) == 414
    assert await answered(port, b"GET /" + b"a" * 30_000, b" HTTP/1.1\r\nHost: test\r\n\r\n") == 414


async def test_a_head_below_the_limit_is_served_also_with_a_long_body(port: int) -> None:
    async with client(port) as connection:
        for length in (10, 300_000):
            connection.send(POST, b"A: " + b"a" * 19_000 + b"\r\nContent-Length: %d\r\n\r\n" % length)
            connection.send(b"b" * length)
            assert (await connection.head()).startswith(b"HTTP/1.1 200 ")
            assert await connection.reader.readexactly(len(str(length))) == str(length).encode()


@pytest.mark.parametrize("trailer", [b"A: b\r\n" * 40_000, b"A: " + b"b" * 300_000])
async def test_trailers_have_the_limit_of_heads(port: int, trailer: bytes) -> None:
    status = await answered(port, POST, b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", trailer)
    assert status in (400, 431)


# Time


@pytest.mark.parametrize(
    "begun", [b"G", b"GET /party/room HT", GET, WEBSOCKET, b"POST / HTTP/1.1\r\nHost: a"]
)
async def test_a_head_that_does_not_end_is_answered_408(parser: Any, begun: bytes) -> None:
    async with serving(Host(HOST), parser, Limits(header_timeout=0.2)) as port:
        assert await answered(port, begun) == 408


async def test_a_connection_that_says_nothing_is_closed(parser: Any) -> None:
    async with serving(Host(HOST), parser, Limits(header_timeout=0.2)) as port:
        assert await answered(port) == 0
        assert await answered(port, b"\r\n") in (0, 400, 408)


async def test_a_byte_at_a_time_does_not_help(parser: Any) -> None:
    async with serving(Host(HOST), parser, Limits(header_timeout=0.3)) as port, client(port) as connection:
        begun = time.monotonic()
        sending = asyncio.create_task(_drip(connection, GET + b"A: " + b"a" * 1_000))
        assert (await connection.rest()).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - begun >= 0.3
        sending.cancel()


async def _drip(connection: object, data: bytes) -> None:
    for byte in data:
        connection.send(bytes([byte]))  # type: ignore[attr-defined]
        await asyncio.sleep(0.02)


async def test_the_next_request_of_a_connection_has_as_much_time(parser: Any) -> None:
    async with serving(Host(HOST), parser, Limits(header_timeout=0.3)) as port, client(port) as connection:
        for _ in range(3):
            connection.send(GET, b"\r\n")
            assert (await connection.head()).startswith(b"HTTP/1.1 200 ")
            await connection.reader.readexactly(1)
            await asyncio.sleep(0.2)  # idle, as uvicorn has it: that is no head
        connection.send(GET)
        assert (await connection.rest()).startswith(b"HTTP/1.1 408 ")


async def test_an_idle_connection_is_closed_as_uvicorn_does_it(parser: Any) -> None:
    limits = Limits(header_timeout=30)
    async with serving(Host(HOST), parser, limits, timeout_keep_alive=1) as port, client(port) as connection:
        connection.send(GET, b"\r\n")
        assert (await connection.rest()).startswith(b"HTTP/1.1 200 ")


async def test_neither_a_slow_handler_nor_an_open_websocket_is_cut(parser: Any) -> None:
    async with (
        serving(Host(HOST), parser, Limits(header_timeout=0.1)) as port,
        connect(f"ws://127.0.0.1:{port}/party/room") as websocket,
        client(port) as connection,
    ):
        connection.send(POST.replace(b"room", b"room?slow"), b"Content-Length: 4\r\n\r\nab")
        await asyncio.sleep(0.2)
        connection.send(b"cd")
        assert (await connection.head()).startswith(b"HTTP/1.1 200 ")
        await websocket.send("still there")
        assert await websocket.recv() == "still there"


async def test_half_a_head_behind_a_request_does_not_cost_its_answer(parser: Any) -> None:
    limits = Limits(header_timeout=0.1)
    async with serving(Host(HOST), parser, limits, timeout_keep_alive=1) as port, client(port) as connection:
        connection.send(GET.replace(b"room", b"room?slow"), b"\r\n", GET)
        assert (await connection.head()).startswith(b"HTTP/1.1 200 ")
        assert len(await connection.rest()) < 300  # the body, and perhaps a 408


@pytest.mark.parametrize("behind", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
async def test_what_is_refused_behind_a_request_does_not_cost_its_answer(port: int, behind: bytes) -> None:
    async with client(port) as connection:
        connection.send(GET.replace(b"room", b"room?slow"), b"\r\n", behind)
        assert (await connection.head()).startswith(b"HTTP/1.1 200 ")
        await connection.rest()


async def test_a_handshake_behind_a_request_waits_or_is_refused(port: int, parser: Any) -> None:
    async with client(port) as connection:
        connection.send(GET.replace(b"room", b"room?slow"), b"\r\n", WEBSOCKET, b"\r\n")
        assert (await connection.head()).startswith(b"HTTP/1.1 200 ")
        assert await connection.reader.readexactly(1) == b"0"
        assert (await connection.head()).startswith(b"HTTP/1.1 101 " if parser is LimitedH11 else b"")


LAST = {
    "1.0": b"GET /party/room?slow HTTP/1.0\r\n\r\n",
    "1.0 with a body": b"POST /party/room?slow HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
    "close": b"GET /party/room?slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
}
BEHIND = {
    "a request": GET + b"\r\n",
    "half a head": GET[:10],
    "a handshake": WEBSOCKET + b"\r\n",
    "garbage": b"\x00\xff\r\n\r\n",
}


@pytest.mark.parametrize("last", LAST.values(), ids=LAST)
async def test_what_is_behind_the_last_request_is_not_read(
    port: int, last: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def answers(behind: bytes, *, at_once: bool) -> list[bytes]:
        async with client(port) as connection:
            connection.send(last, behind if at_once else b"")
            if not at_once:
                await asyncio.sleep(0.05)
                connection.send(behind)
            got = await connection.rest()
            connection.send(behind)
            return [answer[:4] for answer in got.split(b"HTTP/1.1 ")[1:]]

    ways = [answers(behind, at_once=at_once) for behind in BEHIND.values() for at_once in (True, False)]
    assert await asyncio.gather(*ways) == [[b"200 "]] * 8
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_client_that_goes_on_sending_reads_the_last_answer(port: int) -> None:
    async with client(port) as connection:
        for piece in (LAST["1.0"].replace(b"?slow", b""), *[GET] * 20):
            connection.send(piece)
            await asyncio.sleep(0)
        assert (await connection.rest()).startswith(b"HTTP/1.1 200 ")


async def test_a_request_behind_one_for_another_protocol_is_answered(port: int) -> None:
    for_another = GET + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    async with client(port) as connection:
        connection.send(for_another, for_another, GET, b"Connection: close\r\n\r\n")
        assert (await connection.rest()).count(b"HTTP/1.1 200 ") == 3


async def test_a_body_of_a_request_for_another_protocol_is_no_request(port: int, parser: Any) -> None:
    head = POST + b"Connection: upgrade, close\r\nUpgrade: h2c\r\nContent-Length: %d\r\n\r\n"
    body = GET + b"\r\n"
    assert await answered(port, head % len(body), body) == (200 if parser is LimitedH11 else 400)


@pytest.mark.parametrize("target", [b"/party/room", b"test:80"])
async def test_connect_is_refused(port: int, target: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert await answered(port, b"CONNECT ", target, b" HTTP/1.1\r\nHost: test\r\n\r\n") == 501
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_control_character_in_a_handshake_is_refused(port: int) -> None:
    for character in (b"\x1b", b"\x01"):
        assert await answered(port, WEBSOCKET, b"Cookie: a", character, b"b\r\n\r\n") == 400


async def test_thousands_of_requests_in_a_piece_are_not_all_kept(port: int, parser: Any) -> None:
    async with client(port) as connection:
        connection.send((GET + b"\r\n") * 500 + GET + b"Connection: close\r\n\r\n")
        answers = (await connection.rest()).count(b"HTTP/1.1 200 ")
    assert answers == (501 if parser is LimitedH11 else 1 + MOST_PIPELINED)


# The end


async def test_an_answer_before_the_body_is_not_lost(port: int) -> None:
    async with client(port) as connection:
        connection.send(POST.replace(b"room", b"room?early&close"), b"Content-Length: 30000000\r\n\r\n")
        connection.send(b"a" * 3_000_000)
        assert (await connection.rest()).endswith(b"early")


async def test_a_body_that_is_not_waited_for_ends_in_time(parser: Any) -> None:
    async with serving(Host(HOST), parser, Limits(header_timeout=0.3)) as port, client(port) as connection:
        connection.send(POST.replace(b"room", b"room?early"), b"Content-Length: 1000\r\n\r\n")
        assert (await connection.head()).startswith(b"HTTP/1.1 200 ")
        sending = asyncio.create_task(_drip(connection, b"a" * 1_000))
        with contextlib.suppress(ConnectionResetError):
            await connection.rest()
        sending.cancel()


async def test_a_broken_body_is_answered_unless_the_answer_has_begun(port: int) -> None:
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    assert await answered(port, POST, chunked, b"zz\r\n") == 400


async def test_a_broken_body_behind_a_begun_answer_ends_the_connection(parser: Any) -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        async def body() -> AsyncIterator[str]:
            yield "begun"
            await asyncio.sleep(30)

        if scope["type"] == "http":  # type: ignore[index]
            await StreamingResponse(body())(scope, receive, send)  # type: ignore[arg-type]

    async with serving(app, parser, Limits()) as port, client(port) as connection:
        connection.send(POST, b"Transfer-Encoding: chunked\r\n\r\n")
        assert (await connection.head()).startswith(b"HTTP/1.1 200 ")
        connection.send(b"zz\r\n")
        assert await connection.rest() == b"5\r\nbegun\r\n"


# How many


async def test_connections_past_the_limit_get_503(parser: Any, caplog: pytest.LogCaptureFixture) -> None:
    limits = Limits(max_connections=2)
    async with serving(Host(HOST), parser, limits) as port:
        async with connect(f"ws://127.0.0.1:{port}/party/room"), client(port) as second:
            second.send(GET, b"\r\n")
            assert (await second.head()).startswith(b"HTTP/1.1 200 ")
            assert await answered(port, GET, b"\r\n") == 503
            assert await answered(port, WEBSOCKET, b"\r\n") == 503
        async with asyncio.timeout(5):
            while await answered(port, GET, b"Connection: close\r\n\r\n") != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert caplog.text.count("there are more than 2 connections") == 1

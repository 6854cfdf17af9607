"""Nothing that a client sends forges a log line: under the usual formatter, and in `pkcompat serve`."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from partyserver import (
    Connection,
    ConnectionContext,
    EdgeSocket,
    ExecutionContext,
    Host,
    Lobby,
    PartyServer,
    Request,
    Response,
)
from partyserver.log_text import indented, printable
from pkcompat.command.serve_output import ConsoleHandler
from pkcompat.serving.request_log import RequestLog
from pkcompat.serving.server import serving

MARK = "12:00:00 ERROR forged"
ODD = (
    f"\n{MARK}",
    f"\r\n{MARK}",
    f"\r{MARK}",
    f"\x1b[2K\x1b[1A{MARK}",
    f"\x9b2J{MARK}",
    f"\x85{MARK}",
    f"\u2028{MARK}",
    f"\u202e{MARK[::-1]}",
    f"\u2066{MARK}",
    f"\x00\x08\x7f{MARK}",
    f"\udc80{MARK}",
    f"\t\n\t{MARK}",
)
BEGINNING = re.compile(r"\d\d:\d\d:\d\d ")


@pytest.mark.parametrize("text", ODD)
def test_each_becomes_one_printable_line(text: str) -> None:
    assert printable(text).isprintable()
    assert MARK in printable(text) or MARK[::-1] in printable(text)


@given(st.text())
@settings(max_examples=300)
def test_any_text(text: str) -> None:
    assert printable(text).isprintable()
    first, *others = indented(text).split("\n")
    assert first.isprintable()
    assert all(line.isprintable() and line.startswith("  ") for line in others)


def test_what_is_printable_stays() -> None:
    assert printable("GET /räume/日本 %0a \\n") == "GET /räume/日本 %0a \\n"
    assert indented("one\n\ttwo") == "one\n      two"


def test_exceptions_are_told_as_they_were_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    error = ValueError("a\nb")
    logging.getLogger("partyserver").error("%s %r %d %s", error, error, 5, "c\x1b")
    assert caplog.messages == ["a\\nb ValueError('a\\nb') 5 c\\x1b"]


class Furious(PartyServer):
    """Raises errors that quote its clients."""

    def on_start(self) -> None:
        if "start" in self.room.id:
            raise ValueError(self.room.id)

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.add_event_listener("message", self._listen)
        if "connect" in self.room.id:
            raise ValueError(connection.id, ctx.request.headers.get("x-odd"))

    def _listen(self, event: Any) -> None:
        raise KeyError(event.data)

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        raise ValueError(f"{message!s} from {sender.id} at {sender.uri}")

    def on_close(self, connection: Connection) -> None:
        raise ValueError(connection.id)

    def on_request(self, request: Request) -> Response:
        raise ValueError(f"{request.url} {request.headers.get('x-odd')}")

    @staticmethod
    def on_before_request(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request:
        if "hook" in str(lobby.id):
            raise ValueError(f"{lobby.id} {request.url.path}")
        return request

    @staticmethod
    def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
        async def later() -> None:
            raise ValueError(request.url.path)

        ctx.wait_until(later())
        raise ValueError(request.url.path)

    @staticmethod
    def on_socket(socket: EdgeSocket, lobby: Lobby, ctx: ExecutionContext) -> None:
        raise ValueError(socket.request.url.path)


async def provoke(app: Any, odd: str) -> None:
    """Have every handler raise with a text in path, query, header, message and close reason."""
    encoded = quote(odd, safe="", errors="surrogatepass")
    raw = odd.encode("latin-1", errors="ignore")
    header = [(b"host", b"x"), (b"x-odd", raw)]
    for name in ("/party/start", "/party/hook", "/party/connect", "/party/r", "/edge", "/parties/none/"):
        for path in ((name + encoded).encode(), name.encode() + raw):
            common = {
                "path": name + odd,
                "raw_path": path,
                "query_string": b"_pk=" + encoded.encode(),
                "headers": header,
                "client": ("127.0.0.1", 1),
                "server": ("x", 80),
                "root_path": "",
                "extensions": {"websocket.http.response": {}},
            }
            events: asyncio.Queue[Any] = asyncio.Queue()
            for event in (
                {"type": "websocket.connect"},
                {"type": "websocket.receive", "text": odd},
                {"type": "websocket.disconnect", "code": 1000, "reason": odd},
            ):
                events.put_nowait(event)
            await app({**common, "type": "websocket", "scheme": "ws", "subprotocols": []}, events.get, _take)
            http: asyncio.Queue[Any] = asyncio.Queue()
            http.put_nowait({"type": "http.request", "body": b"", "more_body": False})
            await app({**common, "type": "http", "scheme": "http", "method": "GET"}, http.get, _take)


async def _take(message: Any) -> None:
    pass


@contextmanager
def logged_by(handler: logging.Handler) -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("partyserver", "pkcompat.requests")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


def console() -> tuple[logging.Handler, io.StringIO]:
    text = io.StringIO()
    return ConsoleHandler(Console(file=text, width=10_000, highlight=False, emoji=False)), text


def usual() -> tuple[logging.Handler, io.StringIO]:
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    return handler, text


@pytest.mark.parametrize("kind", [console, usual])
async def test_errors_that_quote_clients_stay_within_their_lines(kind: Any) -> None:
    handler, text = kind()
    with logged_by(handler):
        host = Host({"main": Furious})
        for odd in ODD:
            await provoke(RequestLog(host), odd)
        await host.drain(5)
    lines = text.getvalue().split("\n")
    assert len([line for line in lines if BEGINNING.match(line)]) > 10 * len(ODD)
    assert "ValueError" in text.getvalue()
    for line in lines:
        assert line.isprintable(), line
        assert not line.startswith(MARK), line
        assert BEGINNING.match(line) or line.startswith("  ") or not line, line


async def test_over_sockets() -> None:
    handler, text = console()
    with logged_by(handler):
        async with serving(RequestLog(Host({"main": Furious}))) as address:
            for upgrade in (
                b"",
                b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            ):
                for odd in (*(each.encode(errors="surrogatepass") for each in ODD), b"%0a" + MARK.encode()):
                    target = odd.replace(b" ", b"_")
                    reader, writer = await asyncio.open_connection(address.host, address.port)
                    end = b"" if upgrade else b"Connection: close\r\n"
                    writer.write(
                        b"GET /party/connect" + target + b" HTTP/1.1\r\nHost: x\r\n" + upgrade + end + b"\r\n"
                    )
                    await asyncio.wait_for(reader.read(100), 5)
                    writer.close()
    for line in text.getvalue().split("\n"):
        assert line.isprintable(), line
        assert BEGINNING.match(line) or line.startswith("  ") or not line, line
    assert "GET /party/connect%0a12:00:00_ERROR_forged 500" in text.getvalue()
    assert f"\n{MARK}" not in text.getvalue()

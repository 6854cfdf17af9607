"""Hooks cannot be side-stepped: whatever a request's target, host and headers are, a hook is told the party
and the room that it reaches."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.partyserver.wire.raw_http import UPGRADE, client, serving

from partyserver import (
    Connection,
    ConnectionContext,
    Cron,
    EdgeSocket,
    ExecutionContext,
    Host,
    Limits,
    Lobby,
    PartyServer,
    Request,
    Response,
)
from partyserver.wire.h11_protocol import LimitedH11
from partyserver.wire.httptools_protocol import LimitedHttpTools

PARTIES = ("main", "other")
SEEN: dict[str, list[tuple[str, ...]]] = {}
"""By the request's number: what hooks were told, and what was reached."""


def note(request: Request, *what: str) -> None:
    SEEN.setdefault(request.headers["x-number"], []).append(what)


def guarded(name: str) -> type[PartyServer]:
    class Guarded(PartyServer):
        party: ClassVar[str] = name

        @staticmethod
        def on_before_connect(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request:
            note(request, "hook", name, str(lobby.id), request.url.path)
            return request

        on_before_request = on_before_connect

        def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
            note(ctx.request, "room", self.room.name, self.room.id, connection.uri)

        def on_request(self, request: Request) -> Response:
            note(request, "room", self.room.name, self.room.id, "")
            return Response("room")

        @staticmethod
        def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
            return Response("edge")

        @staticmethod
        def on_socket(socket: EdgeSocket, lobby: Lobby, ctx: ExecutionContext) -> None:
            pass

        @staticmethod
        def on_cron(cron: Cron, lobby: Lobby, ctx: ExecutionContext) -> None:
            raise AssertionError("no target names it")

    return Guarded


ROOTS = (
    "party", "parties/main", "parties/other", "parties/none", "Party", "PARTIES/other", "p%61rty",
    "parties/%6fther", "__scheduled__",
)  # fmt: skip
ROOMS = (
    "secret", "SECRET", "%73ecret", "s%65cret", "secret;x=1", ";secret", "secret%00", "secret%0a",
    "sec%0Dret", "secret%20", "..%2fsecret", "open%2f..%2fsecret", "open/../secret",
    "open/%2e%2e/secret", "./secret", "%2e/secret", "..;/secret", "open%5c..%5csecret",
    "open\\..\\secret", "/secret", "//secret", "%2fsecret", "open%3f/secret", "open#/secret",
    "open?/secret", "secret%", "secret%zz", "%c0%aesecret", "%ff", "%25secret", "..", ".", "%2e%2e", "",
)  # fmt: skip
PREFIXES = (
    "", "", "", "", "/", "/.", "/..", "/%2e%2e", "/%2f", "//evil.org", "http://evil.org",
    "https://test:1", "/x/..", "/;", "\\",
)  # fmt: skip
SUFFIXES = (
    "", "", "", "/", "/sub", "?_pk=a", "?x=/party/open", "#/party/open", "/..", "/../open", ";/..",
    "%2f..",
)  # fmt: skip
HOSTS = (
    "test", "test", "test", "test:80", "x/party/open?", "x/party/open#", "x?", "x#", "x\\party", "a@b",
    "[", "[::1", "[::1]", "x:99999", "x:y", "", "x party", "x/../", "%2f",
    "evil.org/parties/other/open",
)  # fmt: skip
TRICKS = (
    "", "", "X-Original-URL: /party/open", "X-Rewrite-URL: /party/open", "X-Forwarded-Prefix: /party",
    "X-Forwarded-Host: x/party/open?", "X-Forwarded-Path: /party/open",
    "Forwarded: host=x;path=/party/open", "X-HTTP-Method-Override: PUT",
    "Content-Location: /party/open", "X-Forwarded-URI: /party/open",
)  # fmt: skip


def targets(number: int) -> Iterator[tuple[str, str, str]]:
    """Targets, hosts and headers; the same in every run."""
    rng = random.Random(5)
    for root in ("/party/", "/parties/other/"):
        for room in ROOMS:
            yield root + room, "test", ""
    for host in HOSTS:
        yield "/party/secret", host, ""
    for _ in range(number):
        target = f"{rng.choice(PREFIXES)}/{rng.choice(ROOTS)}/{rng.choice(ROOMS)}{rng.choice(SUFFIXES)}"
        yield target, rng.choice(HOSTS), rng.choice(TRICKS)


def host_of_guarded_parties() -> Host:
    return Host({name: guarded(name) for name in PARTIES}, crons={"tick": "* * * * *"}, schedule_crons=False)


@asynccontextmanager
async def served(parser: Any, prefix: str) -> AsyncIterator[int]:
    host = host_of_guarded_parties()
    app: Any = host
    if prefix:
        app = Starlette(routes=[Mount(prefix, host)], lifespan=host.lifespan)
    async with host.lifespan(), serving(app, parser, Limits()) as port:
        yield port


async def asked(port: int, number: str, target: str, host: str, trick: str, *, upgrade: bool) -> int:
    """The status of the answer; 0 for none."""
    lines = [f"GET {target} HTTP/1.1", f"X-Number: {number}", *([trick] if trick else [])]
    head = "\r\n".join(lines).encode() + b"\r\n"
    named = f"Host: {host}\r\n".encode()
    tail = UPGRADE.replace(b"Host: test\r\n", named) if upgrade else named + b"Connection: close\r\n"
    async with client(port) as connection:
        connection.send(head, tail, b"\r\n")
        answer = await connection.head()
    return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/") else 0


def shown(text: str) -> str:
    """A decoded path as `request.url.path` has it: Python's URLs leave some characters out or encoded."""
    return re.sub(r"[\t\r\n]", "", text).replace("?", "%3F").replace("#", "%23").replace("\\", "%5C")


@pytest.mark.parametrize("parser", [LimitedHttpTools, LimitedH11])
@pytest.mark.parametrize("prefix", ["", "/rt"])
async def test_hooks_are_told_the_room_that_is_reached(parser: Any, prefix: str) -> None:
    SEEN.clear()
    given: dict[str, tuple[str, str, str]] = {}
    statuses: list[int] = []
    async with served(parser, prefix) as port:
        for number, (target, host, trick) in enumerate(targets(120)):
            for upgrade in (False, True):
                name = f"{number} {upgrade}"
                given[name] = (prefix + target if target.startswith("/") else target, host, trick)
                statuses.append(await asked(port, name, *given[name], upgrade=upgrade))
    reached = 0
    for name, events in SEEN.items():
        kinds = [event[0] for event in events]
        assert kinds in (["hook", "room"], ["hook"]), (given[name], events)
        _, party, room_id, path = events[0]
        root = f"{prefix}/party/" if path.startswith(f"{prefix}/party/") else f"{prefix}/parties/{party}/"
        assert path.startswith(shown(root + unquote(room_id))), (given[name], events)
        if len(events) == 2:
            reached += 1
            assert events[1][1:3] == (party, room_id), (given[name], events)
            assert f"/{room_id}" in events[1][3] or not events[1][3], (given[name], events)
            assert root.removeprefix(prefix) + room_id in given[name][0], (given[name], events)
    assert reached > 100
    assert 500 not in statuses, [
        given[name] for name, status in zip(given, statuses, strict=True) if status == 500
    ]


async def test_a_raw_path_that_another_server_leaves_out_or_extends_names_the_same_room() -> None:
    """Some ASGI servers have no `raw_path`, others put the query into it."""
    host = host_of_guarded_parties()
    SEEN.clear()
    for number, extra in enumerate(
        ({}, {"raw_path": None}, {"raw_path": b""}, {"raw_path": b"/party/secret?x=/party/open"})
    ):
        scope = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": "/party/secret",
            "query_string": b"",
            "headers": [(b"host", b"test"), (b"x-number", str(number).encode())],
            "server": ("test", 80),
            **extra,
        }
        events: asyncio.Queue[Any] = asyncio.Queue()
        events.put_nowait({"type": "http.request", "body": b""})
        await host(scope, events.get, events.put)
    assert all(
        seen == [("hook", "main", "secret", "/party/secret"), ("room", "main", "secret", "")]
        for seen in SEEN.values()
    )
    assert len(SEEN) == 4

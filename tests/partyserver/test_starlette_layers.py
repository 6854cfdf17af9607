"""When a host calls its endpoints past Starlette's layers."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.partyserver.in_process import Server

from partyserver import Host, PartyServer
from partyserver.starlette_layers import has_only_default_layers


class Noting:
    """A layer that keeps which paths pass it."""

    def __init__(self, app: ASGIApp, seen: list[str]) -> None:
        self.app, self.seen = app, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(scope["path"])
        await self.app(scope, receive, send)


class Answering(PartyServer):
    def on_request(self, request: Request) -> Response:
        return Response("ok")


def test_starlette_has_the_layers_that_are_known() -> None:
    assert has_only_default_layers(Starlette())
    assert not has_only_default_layers(Starlette(middleware=[Middleware(Noting, seen=[])]))


@pytest.mark.parametrize("layers", ["own", "default"])
async def test_an_unknown_layer_is_not_passed_by(layers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    if layers == "default":  # as a later Starlette might do it
        build = Starlette.build_middleware_stack
        monkeypatch.setattr(Host, "build_middleware_stack", lambda app: Noting(build(app), seen))
    options: dict[str, Any] = {"middleware": [Middleware(Noting, seen=seen)]} if layers == "own" else {}
    answer = await Server(Answering, **options).http("GET", "/party/room")
    assert (answer.text, seen) == ("ok", ["/party/room"])


async def test_the_known_layers_are_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(Answering)
    monkeypatch.setattr(server.host, "_has_known_layers", True)
    monkeypatch.setattr(Starlette, "__call__", None)
    assert (await server.http("GET", "/party/room")).text == "ok"

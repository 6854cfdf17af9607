"""Old names on lobbies and on contexts of hooks, crons and connections."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.partyserver.in_process import Server, handshake
from tests.pkcompat.legacy.conftest import Setting

from partykit.server import (
    PartyKitContext,
    PartyKitCron,
    PartyKitExecutionContext,
    PartyKitLobby,
    PartyKitStub,
)
from partyserver import ConnectionContext, Cron, ExecutionContext, Lobby, PartyServer, Response
from pkcompat import legacy_cron, legacy_execution_context, legacy_lobby, legacy_to_class
from pkcompat.legacy.lobby import legacy_connection_context


async def test_lobby(setting: Setting) -> None:
    context = setting.server.host._services.room_context  # type: ignore[attr-defined]
    plain = Lobby("room", {"KEY": "value"}, context.parties, context.assets)
    lobby = legacy_lobby(plain)
    assert lobby is plain is legacy_lobby(lobby)
    assert isinstance(lobby, PartyKitLobby)
    assert (lobby.id, lobby.env["KEY"]) == ("room", "value")
    assert isinstance(lobby.parties["main"].get("x"), PartyKitStub)
    assert not isinstance(context.parties["main"].get("x"), PartyKitStub)


def test_execution_context() -> None:
    waited: list[Any] = []
    ctx = legacy_execution_context(ExecutionContext(waited.append))
    assert legacy_execution_context(ctx) is ctx
    assert isinstance(ctx, PartyKitExecutionContext)
    ctx.waitUntil(1)  # type: ignore[arg-type]
    ctx.wait_until(2)  # type: ignore[arg-type]
    assert waited == [1, 2]


def test_cron() -> None:
    cron = legacy_cron(Cron("tick", "* * * * *", 5))
    assert isinstance(cron, PartyKitCron)
    assert (cron.name, cron.cron, cron.scheduledTime, cron.scheduled_time) == ("tick", "* * * * *", 5, 5)


def test_connection_context() -> None:
    request = handshake()
    ctx = legacy_connection_context(ConnectionContext(request))
    assert isinstance(ctx, PartyKitContext)
    assert ctx.request is request


@pytest.mark.parametrize("shim", [legacy_lobby, legacy_execution_context, legacy_cron])
def test_what_is_of_another_kind_comes_back_as_it_is(shim: Any) -> None:
    stand_in = SimpleNamespace()
    assert shim(stand_in) is stand_in
    assert shim(None) is None


async def test_hooks_get_them(quiet: None) -> None:
    seen: list[Any] = []

    async def later() -> None:
        seen.append("later")

    async def on_fetch(request: Any, lobby: Any, ctx: Any) -> Any:
        ctx.waitUntil(later())
        assert isinstance(lobby, PartyKitLobby)
        return await lobby.parties.plain.get("den").fetch({"method": "PUT", "body": request.url.path})

    def on_cron(cron: Any, lobby: Any, ctx: Any) -> None:
        seen.append((cron.name, isinstance(cron.scheduledTime, int), lobby.id))

    class Plain(PartyServer):
        async def on_request(self, request: Any) -> Response:
            return Response(f"{request.method} {(await request.body()).decode()}")

    party = legacy_to_class({"onFetch": on_fetch, "onCron": on_cron, "onRequest": lambda: None})
    server = Server(party, Plain, crons={"tick": "* * * * *"})
    assert (await server.http("GET", "/edge")).text == "PUT /edge"
    await server.http("GET", "/__scheduled__?cron=tick")
    assert seen == ["later", ("tick", True, None)]

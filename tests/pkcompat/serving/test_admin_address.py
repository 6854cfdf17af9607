"""Where the admin application is served, and to whom."""

from __future__ import annotations

import httpx
import pytest
from starlette.types import ASGIApp

from partyserver import Host, PartyServer
from partyserver.admin import PAGE
from pkcompat.serving.admin_address import TOKEN, AdminError, guarded, listen_for_admin
from pkcompat.serving.server import ListenError


class Chat(PartyServer):
    """Has no handlers."""


async def status(app: ASGIApp, path: str, host: str = "test", method: str = "GET", **headers: str) -> int:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        return (await client.request(method, path, headers=headers)).status_code


async def test_without_a_token_it_is_for_this_machine() -> None:
    with listen_for_admin("0", {}) as listener:
        host, port = listener.getsockname()
        assert host == "127.0.0.1"
        app = guarded(Host({"main": Chat}).admin, listener, None)
        assert await status(app, "/api/parties", f"127.0.0.1:{port}") == 200
        assert await status(app, "/api/parties", "evil.example") == 403


@pytest.mark.parametrize("host", ["[::1]", "127.0.0.2"])
async def test_it_answers_under_the_address_that_it_is_given(host: str) -> None:
    try:
        opened = listen_for_admin(f"{host}:0", {})
    except ListenError as error:
        pytest.skip(f"not on this machine: {error}")
    with opened as listener:
        port = listener.getsockname()[1]
        app = guarded(Host({"main": Chat}).admin, listener, None)
        for name in (host, "localhost"):
            assert await status(app, "/", f"{name}:{port}") == 200
        assert await status(app, "/", f"evil.example:{port}") == 403


async def test_with_a_token_it_is_for_those_who_have_it() -> None:
    with listen_for_admin("0.0.0.0:0", {TOKEN: "secret"}) as listener:
        app = guarded(Host({"main": Chat}).admin, listener, "secret")
        assert await status(app, "/api/parties") == 401
        assert await status(app, "/api/parties", authorization="Bearer wrong") == 401
        assert await status(app, "/api/parties", authorization="Bearer secret") == 200
        assert await status(app, "/healthz") == 200
        for path in PAGE:
            assert await status(app, path) == 200
            assert await status(app, f"{path}/api/parties") == 401
        for action in ("close", "delete", "ring"):
            path = f"/api/parties/main/room/{action}?room=den&connection=a"
            assert await status(app, path, method="POST") == 401


@pytest.mark.parametrize("address", ["", "x", "1:2:3", "70000", "127.0.0.1:"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(AdminError, match="takes PORT or HOST:PORT"):
        listen_for_admin(address, {})


def test_an_address_that_others_reach_needs_a_token() -> None:
    with pytest.raises(AdminError, match=f"set {TOKEN} to a long secret"):
        listen_for_admin("0.0.0.0:0", {})

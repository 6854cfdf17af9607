"""Refusing requests of other sites and host names to a local page."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pkcompat.serving.loopback_only import LoopbackOnly


async def status(method: str = "GET", host: str = "127.0.0.1:1998", port: int = 1998, **headers: str) -> int:
    async def hello(request: object) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = LoopbackOnly(Starlette(routes=[Route("/", hello, methods=["GET", "POST"])]), port)
    spelt = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        return (await client.request(method, "/", headers={**spelt, "host": host})).status_code


@pytest.mark.parametrize("host", ["127.0.0.1:1998", "localhost:1998"])
async def test_its_own_names(host: str) -> None:
    assert await status(host=host) == 200
    assert (
        await status(
            "POST",
            host,
            origin=f"http://{host}",
            sec_fetch_site="same-origin",
            content_type="application/json",
        )
        == 200
    )


async def test_programs_that_are_no_browser() -> None:
    assert await status("POST", content_type="application/json") == 200
    assert await status("POST", content_type="Application/JSON; charset=utf-8") == 200


@pytest.mark.parametrize(
    "host", ["evil.example:1998", "127.0.0.1:80", "127.0.0.1", "127.0.0.1.evil.example", ""]
)
async def test_names_that_others_point_here(host: str) -> None:
    assert await status(host=host) == 403


async def test_the_port_that_browsers_leave_out() -> None:
    assert await status(host="localhost", port=80) == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:1998", "http://127.0.0.1:1999"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_pages_of_other_sites(method: str, origin: str) -> None:
    assert await status(method, origin=origin, content_type="application/json") == 403


async def test_forms_of_other_sites() -> None:
    assert await status("POST", content_type="text/plain") == 403
    assert await status("POST") == 403
    assert await status("POST", sec_fetch_site="cross-site", content_type="application/json") == 403
    assert await status("GET", sec_fetch_site="cross-site") == 200  # a link that was followed

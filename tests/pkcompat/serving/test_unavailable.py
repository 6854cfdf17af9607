"""The application that answers while a project cannot be loaded."""

from __future__ import annotations

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from pkcompat.serving.server import serving
from pkcompat.serving.unavailable import Unavailable


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, True),
        ({"origin": "http://localhost:5173"}, True),
        ({"origin": "https://127.0.0.1"}, True),
        ({"origin": "http://[::1]:3000"}, True),
        ({"origin": "https://evil.org"}, False),
        ({"origin": "http://localhost.evil.org"}, False),
        ({"origin": "http://localhost@evil.org"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"host": "evil.org"}, False),
        ({"x-forwarded-for": "203.0.113.5"}, False),
        ({"forwarded": "for=127.0.0.1"}, False),
    ],
)
@pytest.mark.parametrize("debug", [False, True])
async def test_tracebacks_stay_on_this_machine_unless_asked_otherwise(
    headers: dict[str, str], told: bool, debug: bool
) -> None:
    app = Unavailable("Traceback: hunter2", to_everyone=debug)
    for address in ("127.0.0.1", "203.0.113.5"):
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:1999") as client:
            answer = await client.get("/", headers=headers)
        assert answer.status_code == 503
        assert ("hunter2" in answer.text) == (debug or (told and address == "127.0.0.1"))
        assert answer.headers["content-length"] == str(len(answer.content))


async def test_requests_and_handshakes_get_the_reason() -> None:
    async with serving(Unavailable("chat.py, line 3: no")) as address:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{address.url}/party/r", content=b"body")
        assert (answer.status_code, answer.text) == (503, "chat.py, line 3: no")
        with pytest.raises(InvalidStatus) as refused:
            await connect(address.url.replace("http", "ws") + "/party/r", proxy=None)
        assert refused.value.response.status_code == 503
        assert refused.value.response.body == b"chat.py, line 3: no"

"""The application that answers while a project cannot be loaded."""

from __future__ import annotations

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from pkcompat.serving.server import serving
from pkcompat.serving.unavailable import Unavailable


async def test_requests_and_handshakes_get_the_reason() -> None:
    async with serving(Unavailable("chat.py, line 3: no")) as address:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{address.url}/party/r", content=b"body")
        assert (answer.status_code, answer.text) == (503, "chat.py, line 3: no")
        with pytest.raises(InvalidStatus) as refused:
            await connect(address.url.replace("http", "ws") + "/party/r", proxy=None)
        assert refused.value.response.status_code == 503
        assert refused.value.response.body == b"chat.py, line 3: no"

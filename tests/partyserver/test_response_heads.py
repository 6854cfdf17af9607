"""Statuses and headers that cannot be sent are errors of the handler that returned them."""

from __future__ import annotations

import logging
import re
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.responses import Response
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from partyserver import ExecutionContext, HandlerResultError, Host, Lobby, PartyServer, Request
from partyserver.response_heads import check_head
from pkcompat.serving.server import serving

LINE_BREAK = "a\r\nSet-Cookie: forged=1"


def _with(name: str, value: str, status: int = 200) -> Response:
    response = Response("text", status)
    response.headers[name] = value
    return response


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (_with("X-Own", LINE_BREAK), "on_request .* header 'x-own' has a line break"),
        (_with("X-Own", "a\0b"), "header 'x-own' has a line break or another control character"),
        (_with("X Own", "a"), "b'x own' as a header's name"),
        (_with("", "a"), "b'' as a header's name"),
        (_with("X-Own", "a", 99), "the status 99; it must be 200 to 599"),
        (_with("X-Own", "a", 600), "the status 600"),
        (_with("X-Own", "a", 101), "the status 101"),
    ],
)
def test_a_head_that_cannot_be_sent_is_refused(response: Response, words: str) -> None:
    with pytest.raises(HandlerResultError, match=words) as raised:
        check_head(response, "on_request")
    assert "forged" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "sent"), [("a\tb", b"a\tb"), (" a ", b"a"), ("\ta", b"a"), ("é", b"\xe9"), ("", b"")]
)
def test_any_other_head_is_sent(given: str, sent: bytes) -> None:
    response = _with("X-Own", given)
    check_head(response, "on_request")
    assert dict(response.raw_headers)[b"x-own"] == sent


class Breaks(PartyServer):
    """Its handlers return heads that cannot be sent."""

    def on_request(self, request: Request) -> Response:
        if "raise" in request.query_params:
            raise HTTPException(403, headers={"X-Own": LINE_BREAK})
        if "latin" in request.query_params:
            return _with("X-Own", "\N{SNOWMAN}")
        return _with("X-Own", LINE_BREAK)

    @staticmethod
    def on_before_request(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Any:
        return _with("X-Own", LINE_BREAK) if "before" in request.query_params else request

    @staticmethod
    def on_before_connect(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Any:
        return _with("X-Own", LINE_BREAK, 403)

    @staticmethod
    def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
        return _with("X-Own", LINE_BREAK)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/party/room", "on_request"),
        ("/party/room?before", "on_before_request"),
        ("/party/room?raise", "HTTPException"),
        ("/party/room?latin", "latin-1"),
        ("/elsewhere", "on_fetch"),
    ],
)
async def test_a_client_gets_500_and_the_log_names_the_handler(
    path: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(Host({"main": Breaks})) as address, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(address.url + path)
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert "set-cookie" not in answer.headers
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert errors
    assert any(re.search(words, f"{record.getMessage()} {record.exc_info}") for record in errors)


async def test_a_handshake_gets_500_too(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(Host({"main": Breaks})) as address:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{address.url.replace('http', 'ws')}/party/room")
    assert refused.value.response.status_code == 500
    assert "on_before_connect of /party/room failed" in caplog.text

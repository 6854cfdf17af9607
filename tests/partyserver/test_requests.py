"""Requests that hooks and handlers get, and ids of connections."""

from __future__ import annotations

import uuid

import pytest
from tests.partyserver.in_process import handshake

from partyserver.requests import (
    CONNECTION_ID,
    connection_id_of,
    handshake_request,
    hook_request,
    new_connection_id,
    request_uri,
)


async def nothing() -> dict[str, object]:
    return {}


def test_a_hook_changes_its_own_copy_of_the_headers() -> None:
    original = handshake()
    copy = hook_request(original)
    copy.headers["x-user"] = "me"
    assert copy.headers["X-User"] == "me"
    assert "x-user" not in original.headers


def test_the_uri_is_as_it_came() -> None:
    request = handshake("/parties/chat/a%20b/x", "_pk=a&q=%C3%BC")
    assert request_uri(request) == "http://test/parties/chat/a%20b/x?_pk=a&q=%C3%BC"
    assert request_uri(handshake("/party/r")) == "http://test/party/r"


@pytest.mark.parametrize(
    "host",
    [
        b"example.com",
        b"example.com:80",
        b"localhost:1999",
        b"localhost:99999",
        b"localhost:0",
        b"EXAMPLE.com",
        b"a_b.example",
        b"a..b",
        b".a",
        b"-a",
        b"a-.b",
        b"127.0.0.1:8000",
        b"[::1]:8000",
        b"a:",
        b"",
    ],
)
def test_the_uri_has_the_host_that_starlette_finds(host: bytes) -> None:
    scope = {
        "type": "websocket",
        "scheme": "wss",
        "path": "/party/r",
        "headers": [(b"host", host)],
        "query_string": b"",
        "server": ("served", 8_000),
    }
    request = handshake_request(scope, nothing)
    assert request_uri(request) == str(request.url)


def test_the_id_of_a_connection() -> None:
    assert connection_id_of(handshake(query="_pk=a")) == "a"
    assert connection_id_of(handshake(query="_pk=a&_pk=b")) == "a"
    assert connection_id_of(handshake(query="_pk=%C3%BC%20x")) == "ü x"
    for query in ("", "_pk="):
        assert str(uuid.UUID(connection_id_of(handshake(query=query)))) != ""
    assert connection_id_of(handshake()) != connection_id_of(handshake())


def test_an_id_that_somebody_in_between_gives() -> None:
    for query, expected in (("", "given"), ("_pk=", "given"), ("_pk=asked", "asked")):
        request = handshake(query=query)
        request.scope[CONNECTION_ID] = "given"
        assert connection_id_of(hook_request(request)) == expected


def test_the_request_of_a_handshake_is_an_http_request() -> None:
    scope = {
        "type": "websocket",
        "scheme": "wss",
        "path": "/x",
        "headers": [(b"host", b"h")],
        "query_string": b"",
    }
    request = handshake_request(scope, nothing)
    assert request.method == "GET"
    assert str(request.url) == "https://h/x"


def test_a_new_id_is_a_random_uuid_in_its_usual_form() -> None:
    ids = [new_connection_id() for _ in range(500)]
    read = [uuid.UUID(one) for one in ids]
    assert [str(one) for one in read] == ids
    assert {(one.version, one.variant) for one in read} == {(4, uuid.RFC_4122)}
    fixed = 0xF000 << 64 | 0b11 << 62  # the bits of the version and of the variant
    ones = zeros = 0
    for one in read:
        ones, zeros = ones | one.int, zeros | ~one.int
    assert ones & zeros & ((1 << 128) - 1) == ((1 << 128) - 1) ^ fixed  # every other bit takes both values

"""Options of `fetch`, as JavaScript has them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.requests import Request

from pkcompat.legacy.request_options import StubRequest, is_request, stub_request


def request(body: bytes = b"") -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [
        (b"host", b"test"),
        (b"content-length", b"4"),
        (b"x-one", b"1"),
        (b"x-one", b"2"),
        (b"cookie", b"a=b"),
    ]
    scope = {"type": "http", "method": "PUT", "path": "/party/x", "query_string": b"", "headers": headers}
    return Request(scope, receive)


@pytest.mark.parametrize(
    ("path", "init", "keywords", "expected"),
    [
        ("", None, {}, StubRequest("")),
        (None, None, {}, StubRequest("")),
        ("/x?y=1", None, {}, StubRequest("/x?y=1")),
        (
            {"method": "POST", "body": "b"},
            None,
            {},
            StubRequest("", {"method": "POST", "content": "b"}),
        ),
        ("/x", {"headers": {"a": "b"}}, {}, StubRequest("/x", {"headers": {"a": "b"}})),
        (
            "/x",
            {"method": "POST", "body": "old"},
            {"content": "new", "json": None},
            StubRequest("/x", {"method": "POST", "content": "new"}),
        ),
        ("/x", None, {"body": b"1", "method": "PUT"}, StubRequest("/x", {"content": b"1", "method": "PUT"})),
        ({"redirect": "manual", "cf": {}, "body": None}, None, {}, StubRequest("")),  # as on PartyKit
    ],
)
async def test_what_fetch_may_be_called_with(
    path: Any, init: Any, keywords: dict[str, Any], expected: StubRequest
) -> None:
    assert await stub_request(path, init, keywords) == expected


@pytest.mark.parametrize("first", [True, False])
async def test_a_request_is_passed_on(first: bool) -> None:
    given = request(b"body")
    made = await stub_request(given, None, {}) if first else await stub_request("/y", given, {})
    assert made.path == ("" if first else "/y")
    assert made.options["method"] == "PUT"
    assert made.options["content"] == b"body"
    assert made.options["headers"].multi_items() == [("x-one", "1"), ("x-one", "2"), ("cookie", "a=b")]


async def test_a_request_without_a_body_and_a_keyword_that_wins() -> None:
    made = await stub_request(request(), None, {"method": "GET"})
    assert made.options.keys() == {"method", "headers"}
    assert made.options["method"] == "GET"


async def test_a_request_that_a_handler_made() -> None:
    given = httpx.Request("POST", "http://elsewhere/path", headers={"x-one": "1"}, json=[1])
    made = await stub_request(given, None, {})
    assert (made.path, made.options["method"], made.options["content"]) == ("", "POST", b"[1]")
    assert dict(made.options["headers"]) == {"x-one": "1", "content-type": "application/json"}
    assert "content" not in (await stub_request("", httpx.Request("GET", "http://x/"), {})).options


def test_is_request() -> None:
    assert is_request(request())
    assert is_request(httpx.Request("GET", "http://x/"))
    assert not any(map(is_request, (None, "/path", {"method": "GET", "headers": {}}, 5)))


async def test_what_is_neither_path_nor_options() -> None:
    with pytest.raises(TypeError, match=r"a stub takes a path, a dict of options .*; got int"):
        await stub_request(5, None, {})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="got list"):
        await stub_request("/x", ["method"], {})  # type: ignore[arg-type]
    with pytest.raises(
        TypeError, match=r"has no option 'methd', did you mean 'method'\? \(it takes body, content, "
    ):
        await stub_request("/x", None, {"methd": "PUT"})

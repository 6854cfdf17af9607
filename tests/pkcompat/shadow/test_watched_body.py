"""Watching the body of a request: what is seen, and that the handler sees what it would have seen anyway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.types import Message

from pkcompat.shadow.watched_body import watch_body


def request(*parts: bytes) -> Request:
    messages: Iterator[Message] = iter(
        [
            *(
                {"type": "http.request", "body": part, "more_body": number < len(parts)}
                for number, part in enumerate(parts, 1)
            ),
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Message:
        return next(messages)

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


Seen = list[tuple[bytes, bool]]


def watched(asked: Request) -> Seen:
    seen: Seen = []
    watch_body(asked, lambda data, more: seen.append((data, more)))
    return seen


async def test_each_piece_is_seen_when_the_handler_reads_it_and_not_before() -> None:
    asked = request(b"a", b"b")
    seen = watched(asked)
    assert seen == []
    stream = asked.stream()
    assert await anext(stream) == b"a"
    assert seen == [(b"a", True)]
    assert [piece async for piece in stream] == [b"b", b""]
    assert seen == [(b"a", True), (b"b", False)]


@pytest.mark.parametrize("parts", [(b"",), (b"ab",), (b"a", b"", b"b")])
async def test_a_handler_gets_the_same_body(parts: tuple[bytes, ...]) -> None:
    asked = request(*parts)
    seen = watched(asked)
    assert await asked.body() == b"".join(parts) == b"".join(data for data, _ in seen)


async def test_a_body_that_a_hook_has_read_is_seen_at_once_and_only_once() -> None:
    asked = request(b"a", b"b")
    await asked.body()
    seen = watched(asked)
    assert await asked.body() == b"ab"
    assert seen == [(b"ab", False)]


async def test_that_the_client_leaves_is_no_piece_of_the_body() -> None:
    asked = request(b"a")
    seen = watched(asked)
    await asked.body()
    assert await asked.is_disconnected()
    assert seen == [(b"a", False)]

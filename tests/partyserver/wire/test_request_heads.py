"""Heads that are refused, with what status and words."""

from __future__ import annotations

import pytest

from partyserver.wire.request_heads import (
    HeadRefusedError,
    answer,
    check_handshake,
    check_host,
    check_size,
    too_long,
)


@pytest.mark.parametrize(
    "host",
    ["a", "a.test", "a.test:80", "a:", "127.0.0.1:1999", "[::1]", "[::1]:80", "", "a_b", "%41", "a-b.c~d"],
)
def test_a_host_may_have_any_form_of_rfc_3986(host: str) -> None:
    check_host([(b"accept", b"*/*"), (b"host", host.encode())], "1.1")


@pytest.mark.parametrize(
    "host", ["a b", "a/b", "a?b", "a#b", "u@a", "a:b", "a:80:80", "[::1", "::1", "a\\b", "\xe9", "a" * 301]
)
def test_any_other_host_is_refused(host: str) -> None:
    with pytest.raises(HeadRefusedError, match="names no host") as refused:
        check_host([(b"host", host.encode("latin-1"))], "1.1")
    assert refused.value.status == 400


@pytest.mark.parametrize("version", ["1.1", "2", "3"])
def test_there_must_be_one_host(version: str) -> None:
    with pytest.raises(HeadRefusedError, match="must have a Host header"):
        check_host([], version)
    with pytest.raises(HeadRefusedError, match="must have one Host header"):
        check_host([(b"host", b"a"), (b"host", b"a")], version)


def test_http_1_0_knows_no_host() -> None:
    check_host([], "1.0")


@pytest.mark.parametrize("length", [b"0", b"000", b" 0"])
def test_a_handshake_without_body_is_taken(length: bytes) -> None:
    check_handshake("GET", b"/party/room", [(b"content-length", length)])


@pytest.mark.parametrize(
    ("method", "target", "header", "status"),
    [
        ("POST", b"/", (b"a", b"b"), 405),
        ("GET", b"/\xe9", (b"a", b"b"), 400),
        ("GET", b"/", (b"content-length", b"1"), 400),
        ("GET", b"/", (b"content-length", b"x"), 400),
        ("GET", b"/", (b"transfer-encoding", b"chunked"), 400),
        ("GET", b"/", (b"a", b"b\x00c"), 400),
        ("GET", b"/", (b"sec-websocket-key", b"dGhlIH\xd1NhbXBsZSBub25jZQ=="), 400),
    ],
)
def test_any_other_handshake_is_refused(
    method: str, target: bytes, header: tuple[bytes, bytes], status: int
) -> None:
    with pytest.raises(HeadRefusedError) as refused:
        check_handshake(method, target, [header])
    assert refused.value.status == status


def test_the_size_is_that_of_all_bytes_but_the_first_line_s_frame() -> None:
    check_size(b"/" * 10, [(b"ab", b"cd")], 18)
    for most, status in [(17, 431), (9, 414)]:
        with pytest.raises(HeadRefusedError) as refused:
            check_size(b"/" * 10, [(b"ab", b"cd")], most)
        assert refused.value.status == status


@pytest.mark.parametrize("status", [400, 405, 408, 414, 431, 503])
def test_an_answer_is_whole(status: int) -> None:
    head, _, body = answer(status, too_long(target_alone=True, most=8).reason).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-length: %d" % len(body) in head
    assert b"connection: close" in head
    assert (b"allow: GET" in head) == (status == 405)

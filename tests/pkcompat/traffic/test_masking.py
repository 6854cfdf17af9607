"""Masking secrets in recordings: headers, queries, pseudonyms."""

from __future__ import annotations

import re

import pytest

from pkcompat.traffic.masking import Masker, MaskSettings

KEY = b"k" * 32


def masker(**settings: tuple[str, ...]) -> Masker:
    return Masker(MaskSettings(**settings), KEY)


def test_equal_secrets_stay_equal_and_others_differ() -> None:
    mask = masker()
    assert re.fullmatch(r"masked-[0-9a-f]{16}", mask.pseudonym("s3cret"))
    assert mask.pseudonym("s3cret") == mask.pseudonym("s3cret") != mask.pseudonym("s3cres")
    assert mask.pseudonym("") == ""


def test_another_recording_has_other_pseudonyms() -> None:
    assert Masker().pseudonym("s3cret") != Masker().pseudonym("s3cret")


def test_headers() -> None:
    mask = masker()
    secret = mask.pseudonym("s3cret")
    assert mask.headers(
        [
            ("authorization", "Bearer s3cret"),
            ("Proxy-Authorization", "s3cret"),
            ("X-API-Key", "s3cret"),
            ("cookie", "session=s3cret; theme=dark"),
            ("cookie", "s3cret"),
            ("user-agent", "s3cret"),
        ]
    ) == (
        ("authorization", f"Bearer {secret}"),
        ("Proxy-Authorization", secret),
        ("X-API-Key", secret),
        ("cookie", f"session={secret}; theme={mask.pseudonym('dark')}"),
        ("cookie", secret),
        ("user-agent", "s3cret"),
    )


def test_queries() -> None:
    mask = masker()
    secret = mask.pseudonym("a b")
    assert mask.path("/party/r?_pk=me&token=a%20b&access_token=a+b&TOKEN=a%20b&token&x=a%20b") == (
        f"/party/r?_pk=me&token={secret}&access_token={secret}&TOKEN={secret}&token&x=a%20b"
    )
    assert mask.path("/party/token") == "/party/token"


def test_a_header_and_a_query_that_carry_the_same_secret() -> None:
    mask = masker()
    ((_, header),) = mask.headers([("authorization", "Bearer t")])
    assert mask.path("/?token=t") == f"/?token={header.removeprefix('Bearer ')}"


@pytest.mark.parametrize("spelling", ["x_room_key", "X-Room-Key"])
def test_what_a_project_adds_and_takes_away(spelling: str) -> None:
    mask = masker(headers=(spelling,), query=("pin",), unmask=("cookie", "access_token"))
    assert mask.headers([("x-room-key", "1"), ("cookie", "a=1"), ("x-api-key", "1")]) == (
        ("x-room-key", mask.pseudonym("1")),
        ("cookie", "a=1"),
        ("x-api-key", mask.pseudonym("1")),
    )
    assert mask.path("/?pin=1&access_token=1&token=1") == (
        f"/?pin={mask.pseudonym('1')}&access_token=1&token={mask.pseudonym('1')}"
    )

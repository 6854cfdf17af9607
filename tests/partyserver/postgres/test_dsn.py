"""Connection strings: shown without passwords, and one for each host."""

from __future__ import annotations

import pytest

from partyserver.postgres.dsn import each_host, shown


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("postgresql://app@db/rooms", "postgresql://app@db/rooms"),
        ("postgresql:///rooms", "postgresql:///rooms"),
        ("postgresql://app:pw@a:1,b:2/rooms", "postgresql://app@a:1,b:2/rooms"),
        ("postgresql://app:p@w@db/rooms", "postgresql://app@db/rooms"),
        ("postgresql://app:p/w@db/rooms", "postgresql://..."),
        ("postgresql://app:p?w@db/rooms", "postgresql://..."),
        ("postgresql://app:p#w@db/rooms", "postgresql://..."),
        ("postgresql:app:pw@db/rooms", "postgresql://..."),
        ("postgresql://db/r?password=pw&sslmode=require&sslpassword=pw", "postgresql://db/r?sslmode=require"),
        ("postgresql:///rooms?host=/run/postgresql", "postgresql:///rooms?host=/run/postgresql"),
    ],
)
def test_a_connection_string_is_shown_without_its_passwords(dsn: str, expected: str) -> None:
    assert shown(dsn) == expected


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("postgresql://app:p@db:1/r?x=1", ["postgresql://app:p@db:1/r?x=1"]),
        ("postgresql:///rooms", ["postgresql:///rooms"]),
        ("postgresql://a@b,c:1,[::1]:2/r", [f"postgresql://a@{host}/r" for host in ("b", "c:1", "[::1]:2")]),
    ],
)
def test_each_host_is_tried_by_itself(dsn: str, expected: list[str]) -> None:
    assert each_host(dsn) == expected

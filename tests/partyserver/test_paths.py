"""Paths of rooms: matching, encoding, raw bytes."""

from __future__ import annotations

import pytest

from partyserver.paths import RoomPath, encode_room_id, match_room, raw_path


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("/party/lobby", RoomPath("main", "lobby")),
        ("/party/lobby/deep/path", RoomPath("main", "lobby")),
        ("/parties/main/lobby", RoomPath("main", "lobby")),
        ("/parties/chat/a%20b%2Fc/x", RoomPath("chat", "a%20b%2Fc")),
        ("/parties/chat/room/", RoomPath("chat", "room")),
        ("/", None),
        ("/party", None),
        ("/party/", None),
        ("/party//x", None),
        ("/parties/main", None),
        ("/parties/main/", None),
        ("/parties/", None),
        ("/partyx/lobby", None),
        ("/hello", None),
    ],
)
def test_match_room(path: str, room: RoomPath | None) -> None:
    assert match_room(path) == room


@pytest.mark.parametrize(
    ("name", "encoded"),
    [("room", "room"), ("a b", "a%20b"), ("a%20b", "a%20b"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("ü", "%C3%BC")],
)
def test_encode_room_id(name: str, encoded: str) -> None:
    assert encode_room_id(name) == encoded


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ({"path": "/party/a b", "raw_path": b"/party/a%20b"}, "/party/a%20b"),
        ({"path": "/party/a b"}, "/party/a%20b"),
        ({"path": "/app/party/r", "raw_path": b"/app/party/r", "root_path": "/app"}, "/party/r"),
        ({"path": "/apple/party", "raw_path": b"/apple/party", "root_path": "/app"}, "/apple/party"),
        ({"path": "/party/r", "raw_path": b"/party/r?x=1"}, "/party/r"),
    ],
)
def test_raw_path(scope: dict[str, object], path: str) -> None:
    assert raw_path(scope) == path

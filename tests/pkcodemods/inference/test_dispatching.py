"""Handlers under `functools.singledispatch`."""

from __future__ import annotations

import pytest
from tests.differential.both_forms import seen_of
from tests.pkcodemods.checks import migrated

from pkcompat.traffic.steps import Connect, Send, Traffic

TRAFFIC = Traffic(
    "main",
    (Connect("a", "/party/room?_pk=a"), Connect("b", "/party/room?_pk=b"), Send("a", "x"), Send("b", b"y")),
)


def module(rest: str, *, exports: str = '{"onMessage": on_message}') -> str:
    return f"""import functools
from functools import singledispatch

from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer


@singledispatch
def on_message(message, connection, room):
    connection.socket.send("?")


{rest}

default: PartyKitServer = {exports}
"""


TEXT = "def text(message, connection, room):\n    connection.send(str(len(room.connections)))\n"
ANNOTATED = (
    "@on_message.register\n"
    "def _(message: str, connection: PartyKitConnection, room: PartyKitRoom):\n"
    "    connection.send(str(list(room.connections)))\n\n\n"
    "@on_message.register\n"
    "def _(message: bytes, connection: PartyKitConnection, room: PartyKitRoom):\n"
    "    room.connections[connection.id].send('bytes')\n"
)


@pytest.mark.parametrize(
    "rest",
    [
        ANNOTATED,
        f"@on_message.register(str)\n{TEXT}",
        f"{TEXT}\n\non_message.register(str, text)\n",
        "on_message.register(bytes, lambda message, c, room: c.send(str(len(room.connections))))\n",
    ],
)
def test_every_function_is_rewritten(rest: str) -> None:
    result = migrated(module(rest))
    assert result.outcome == "rewritten", result.parties
    assert "pkcompat" not in result.code
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(module(rest), "default", TRAFFIC)


@pytest.mark.parametrize(
    "rest",
    [
        f"{TEXT}\n\nput = on_message.register\nput(str, text)\n",
        f"{TEXT}\n\non_message.register(*[str, text])\n",
        f"@on_message.register(str)\n@functools.cache\n{TEXT}",
        "@on_message.register(str)\ndef text(message, connection):\n    connection.socket.send('x')\n",
        "@on_message.register(str)\nasync def text(message, peer, room):\n    peer.socket.send('x')\n",
        "def f():\n    return on_message.dispatch(str)\n",
    ],
)
def test_what_cannot_be_told_is_wrapped(rest: str) -> None:
    result = migrated(module(rest))
    assert result.outcome == "wrapped"
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(module(rest), "default", TRAFFIC)


def test_names_that_are_looked_up_in_one_of_them() -> None:
    rest = (
        "@on_message.register(str)\ndef text(message, connection, room):\n"
        "    connection.send(str(eval('len(room.connections)')))\n"
    )
    result = migrated(module(rest))
    assert [finding.code for finding in result.parties[0].findings] == ["PK204"]
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(module(rest), "default", TRAFFIC)

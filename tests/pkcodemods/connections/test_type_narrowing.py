"""Helpers that take a connection, or the mapping of all of them."""

from __future__ import annotations

import pytest
from tests.differential.both_forms import seen_of
from tests.pkcodemods.checks import migrated

from pkcompat.traffic.steps import Connect, Send, Traffic

TRAFFIC = Traffic(
    "main", (Connect("a", "/party/room?_pk=a"), Connect("b", "/party/room?_pk=b"), Send("a", "hello"))
)


def module(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return (
        "from collections.abc import Mapping\n\n"
        "from partykit.server import PartyKitConnection, PartyKitServer\n\n\n"
        f"def send(target, text):\n{lines}\n\n"
        "def on_message(message, connection, room):\n"
        "    send(connection, 'got it')\n    send(room.connections, message)\n\n\n"
        "default: PartyKitServer = {'onMessage': on_message}\n"
    )


ALL = "for peer in target.values():\n    peer.send(text)"
ALL_INSIDE = "    for peer in target.values():\n        peer.send(text)"


@pytest.mark.parametrize(
    "body",
    [
        f"if isinstance(target, PartyKitConnection):\n    target.send(text)\nelse:\n{ALL_INSIDE}",
        f"if not isinstance(target, PartyKitConnection):\n{ALL_INSIDE}\nelse:\n    target.send(text)",
        f"if isinstance(target, Mapping):\n{ALL_INSIDE}\nelse:\n    target.send(text)",
        f"if isinstance(target, PartyKitConnection):\n    target.send(text)\n    return\n{ALL}",
        f"if isinstance(target, Mapping):\n{ALL_INSIDE}\n    return\ntarget.send(text)",
        f"if isinstance(target, (PartyKitConnection, str)):\n    target.send(text)\n    return\n{ALL}",
        f"if hasattr(target, 'send'):\n    target.send(text)\n    return\n{ALL}",
        f"if hasattr(target, 'values'):\n{ALL_INSIDE}\nelse:\n    target.send(text)",
        "peers = [target] if isinstance(target, PartyKitConnection) else target.values()\n"
        "for peer in peers:\n    peer.send(text)",
    ],
)
def test_what_is_tested_needs_no_view(body: str) -> None:
    result = migrated(module(body))
    assert (result.outcome, "pkcompat" in result.code) == ("rewritten", False)
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(module(body), "default", TRAFFIC)


@pytest.mark.parametrize(
    "body",
    [
        "if isinstance(target, dict):\n    target.clear()\n"
        f"elif hasattr(target, 'send'):\n    target.send(text)\nelse:\n{ALL_INSIDE}",
        f"try:\n    target.send(text)\nexcept AttributeError:\n{ALL_INSIDE}",
        "keep(target)\n"
        f"if isinstance(target, PartyKitConnection):\n    target.send(text)\nelse:\n{ALL_INSIDE}",
        f"if isinstance(text, PartyKitConnection):\n    target.send(text)\nelse:\n{ALL_INSIDE}",
    ],
)
def test_what_is_not_keeps_the_mapping(body: str) -> None:
    source = module(body).replace(
        "def on_message", "def keep(value):\n    print(value.items)\n\n\ndef on_message"
    )
    result = migrated(source)
    assert result.outcome == "residue"
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(source, "default", TRAFFIC)

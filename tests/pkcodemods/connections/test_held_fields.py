"""Objects that hold the mapping of connections under a name, an index or a key."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import check_transformed, codes

_HEAD = """
from collections import namedtuple
from dataclasses import dataclass
from types import SimpleNamespace
from typing import NamedTuple

from partykit.server import PartyKitServer

Pair = namedtuple("Pair", "room peers")


class Scene(NamedTuple):
    room: object
    peers: object


@dataclass
class Roster:
    room: object
    peers: object

    def count(self):
        return len(self.peers)


class Walked:
    def __init__(self, peers):
        self.peers = peers

    def __iter__(self):
        return iter(self.peers)


def table(room):
    return room.connections


def on_message(message, connection, room):
"""
_EXPORT = """

default: PartyKitServer = {"onMessage": on_message}
"""


def _codes(*lines: str) -> list[str]:
    return codes(_HEAD + "".join(f"    {line}\n" for line in lines) + _EXPORT)


def test_an_object_that_is_used_at_once() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Roster:
            def __init__(self, room):
                self.peers = room.connections

            def tell(self, text):
                for peer in self.peers.values():
                    peer.send(text)


        def on_message(message, connection, room):
            scene = {"room": room, "peers": room.connections}
            Roster(room).tell(f"{message} {len(scene['peers'])}")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Roster:
            def __init__(self, room):
                self.peers = {peer.id: peer for peer in room.get_connections()}

            def tell(self, text):
                for peer in self.peers.values():
                    peer.send(text)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                scene = {
                    "room": self.room,
                    "peers": {peer.id: peer for peer in self.room.get_connections()},
                }
                Roster(self.room).tell(f"{message} {len(scene['peers'])}")


        default = Server
        """,
        findings=("PK301",),
    )


@pytest.mark.parametrize(
    "made",
    [
        "Pair(room, table(room))",
        "Pair(room=room, peers=table(room))",
        "Scene(room, table(room))",
        "Roster(room, peers=table(room))",
        "SimpleNamespace(room=room, peers=table(room))",
    ],
)
def test_kinds_of_objects(made: str) -> None:
    assert _codes(f"scene = {made}", "print(scene.room.id, len(scene.peers))") == ["PK301"]
    assert "PK202" in _codes(f"scene = {made}", "connection.close()", "print(len(scene.peers))")
    assert "PK202" in _codes(f"scene = {made}", "room.scene = scene", "print(len(scene.peers))")


@pytest.mark.parametrize(
    "lines",
    [
        ("room_, peers = Pair(room, table(room))", "print(len(peers))"),
        ("print(len(Scene(room, table(room))[1]))",),
        ("print(Roster(room, table(room)).count())",),
        ("print(len({'peers': table(room)}['peers']))",),
    ],
)
def test_parts_of_objects(lines: tuple[str, ...]) -> None:
    assert _codes(*lines) == ["PK301"]


@pytest.mark.parametrize(
    "lines",
    [
        ("print(len(Scene(*[room, table(room)])[1]))",),
        ("print(list(Walked(table(room))))",),
        ("print({'peers': table(room)}.items())",),
        ("print(Scene(room, table(room))._asdict())",),
    ],
)
def test_parts_that_cannot_be_told(lines: tuple[str, ...]) -> None:
    assert "PK202" in _codes(*lines)

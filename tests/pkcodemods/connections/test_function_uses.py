"""Helpers that return the mapping of connections, by how they are used."""

from __future__ import annotations

import textwrap

import pytest
from tests.pkcodemods.checks import codes

_HEAD = """
from partykit.server import PartyKitServer


def table(room):
    return room.connections


class Api:
    def __init__(self, room):
        self.room = room

    @property
    def peers(self):
        return self.room.connections

    def all(self):
        return self.room.connections


API = None


def on_message(message, connection, room):
"""
_EXPORT = '\n\ndefault: PartyKitServer = {"onMessage": on_message}\n'


def _codes(body: str) -> list[str]:
    return codes(_HEAD + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n" + _EXPORT)


_USED = "print(len(table(room)), len(Api(room).peers), len(Api(room).all()))\n"


@pytest.mark.parametrize("use", ["print(list(table(room)))", "api = Api(room)\nprint(sorted(api.peers))"])
def test_calls(use: str) -> None:
    assert _codes(_USED + use) == ["PK301"]


@pytest.mark.parametrize(
    "use",
    [
        "room.table = table",
        "print([table][0](room))",
        "room.found = table(room)",
        "room.found = Api(room).peers",
        "room.found = Api(room).all()",
        "room.found = room.state.peers",
    ],
)
def test_uses_that_are_no_plain_calls(use: str) -> None:
    assert "PK202" in _codes(_USED + use)


def test_one_that_is_never_called() -> None:
    assert "PK208" in _codes("print(len(Api(room).peers), len(Api(room).all()))")

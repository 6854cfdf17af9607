"""`partykit.server`: every old name, cheap to import and known to the codemod."""

from __future__ import annotations

import subprocess
import sys
from typing import get_type_hints
from unittest.mock import Mock

import pytest
import starlette.requests
import starlette.responses

import partyserver
from partykit import server
from pkcompat.legacy.handler_names import BY_SPELLING

ALIASES = {"ConnectionSetStateFn", "ConnectionState"}
"""Names of types that are no classes of ours."""


def test_every_name_is_there_and_a_class() -> None:
    for name in set(server.__all__) - ALIASES:
        assert isinstance(getattr(server, name), type)
    assert server.Request is server.PartyRequest is starlette.requests.Request
    assert server.PartyKitResponse is starlette.responses.Response
    assert not hasattr(server, "nothing")


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("PartyKitRoom", ["Room", "Party"]),
        ("PartyKitConnection", ["Connection", "PartyConnection"]),
        ("PartyKitContext", ["ConnectionContext", "PartyConnectionContext", "PartyKitConnectionContext"]),
        ("PartyKitStorage", ["Storage", "PartyStorage"]),
        ("PartyKitLobby", ["Lobby", "PartyLobby", "FetchLobby", "PartyFetchLobby", "CronLobby"]),
        ("PartyKitStub", ["Stub", "PartyStub"]),
    ],
)
def test_the_platforms_newer_names_are_of_the_same_classes(name: str, others: list[str]) -> None:
    assert {getattr(server, other) for other in others} == {getattr(server, name)}


def test_the_types_of_a_connections_state_annotate() -> None:
    def bump(state: server.ConnectionState) -> server.ConnectionState:
        return state + 1

    function: server.ConnectionSetStateFn = bump
    assert function(1) == 2
    assert get_type_hints(bump)["state"] is server.ConnectionState


def test_the_codemod_knows_every_type() -> None:
    vocabulary = pytest.importorskip("pkcodemods.api.old_names")
    assert {*vocabulary.TYPES, vocabulary.SERVER_TYPE} == set(server.__all__) - ALIASES
    for name, (new_name, _) in vocabulary.TYPES.items():
        assert hasattr(partyserver, new_name), name


def test_an_object_of_handlers_is_a_dict() -> None:
    assert server.PartyKitServer(onMessage=print, on_close=None) == {"onMessage": print, "on_close": None}
    assert get_type_hints(server.PartyKitServer).keys() == BY_SPELLING.keys()
    assert server.PartyKitServer.__required_keys__ == frozenset()


def test_a_stand_in_can_be_made_after_the_types() -> None:
    room = Mock(spec=server.PartyKitRoom)
    room.getConnections.return_value = []
    assert isinstance(room, server.PartyKitRoom)
    assert room.getConnections() == []


def test_importing_it_does_not_import_starlette_or_the_server() -> None:
    code = (
        "import sys, partykit.server as s; s.PartyKitRoom, s.PartyKitContext, s.PartyKitServer; "
        "sys.exit(len({'starlette', 'partyserver', 'httpx', 'asyncio'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_everything_can_be_imported_with_a_star() -> None:
    names: dict[str, object] = {}
    exec("from partykit.server import *", names)
    assert names.keys() >= set(server.__all__)


def test_the_codemod_knows_what_the_classes_call_themselves() -> None:
    vocabulary = pytest.importorskip("pkcodemods.api.old_names")
    for name, becomes in vocabulary.TYPES.items():
        known = getattr(server, name, None)
        if isinstance(known, type):
            assert known.__name__ == known.__qualname__ == vocabulary.PLATFORM_NAMES[becomes], name

"""Objects of which the very class is asked."""

from __future__ import annotations

import pytest
from tests.differential.both_forms import seen_of
from tests.pkcodemods.checks import migrated

from pkcompat.traffic import Connect, Traffic

TRAFFIC = Traffic("main", (Connect("a", "/party/room"),))


CODES = {"wrapped": ["PK119"], "residue": ["PK204"], "rewritten": []}


def module(test: str) -> str:
    return f"""import importlib
import sys

from partykit.server import PartyKitConnection, PartyKitContext, PartyKitRoom, PartyKitServer, PartyKitStorage

kinds = {{}}


def on_connect(connection, room, ctx):
    connection.send(str({test}))


default: PartyKitServer = {{"onConnect": on_connect}}
"""


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("type(connection) == PartyKitConnection", "wrapped"),
        ("type(connection) is not PartyKitConnection", "wrapped"),
        ("PartyKitConnection is connection.__class__", "residue"),
        ("type(connection) in (PartyKitConnection, int)", "wrapped"),
        ("type(ctx) is PartyKitContext", "wrapped"),
        ("type(room.storage) is PartyKitStorage", "wrapped"),
        ("type(room) is PartyKitRoom", "rewritten"),
        ("type(connection.id) is str", "rewritten"),
        ("isinstance(connection, PartyKitConnection)", "rewritten"),
        ("type(room) == type(room)", "rewritten"),
    ],
)
def test_the_very_class(test: str, outcome: str) -> None:
    result = migrated(module(test))
    codes = [finding.code for finding in result.parties[0].findings]
    assert (result.outcome, codes) == (outcome, CODES[outcome])
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(module(test), "default", TRAFFIC)


@pytest.mark.parametrize(
    "server",
    [
        "importlib.import_module('partykit.server')",
        "__import__('partykit.server').server",
        "__import__('partykit').server",
        "sys.modules['partykit.server']",
    ],
)
@pytest.mark.parametrize("given", ["room", "connection", "ctx"])
def test_classes_of_modules_that_are_imported_by_name(server: str, given: str) -> None:
    source = module(f"isinstance({given}, {server}.PartyKitRoom)")
    result = migrated(source)
    assert result.outcome in ("rewritten", "residue")
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(source, "default", TRAFFIC)


def test_a_module_of_the_object_form_under_a_name_of_its_own() -> None:
    source = module("isinstance(room, server.PartyKitRoom)").replace(
        "kinds = {}", 'server = importlib.import_module("partykit.server")'
    )
    result = migrated(source)
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(source, "default", TRAFFIC)

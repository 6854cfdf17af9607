"""Objects of which the very class is asked."""

from __future__ import annotations

import pytest
from tests.differential.both_forms import seen_of
from tests.pkcodemods.checks import migrated

from pkcompat.traffic.steps import Connect, Send, Traffic

TRAFFIC = Traffic("main", (Connect("a", "/party/room"),))


CODES = {"wrapped": {"PK119"}, "residue": {"PK206"}, "rewritten": set()}


def module(test: str, before: str = "kinds = {}") -> str:
    return f"""import collections
import importlib
import sys

import partykit.server as pks
from partykit.server import PartyKitConnection, PartyKitContext, PartyKitRoom, PartyKitServer, PartyKitStorage

{before}


def on_connect(connection, room, ctx):
    connection.send(str({test}))


default: PartyKitServer = {{"onConnect": on_connect}}
"""


def check(source: str, outcome: str) -> None:
    result = migrated(source)
    assert (result.outcome, {each.code for each in result.parties[0].findings}) == (outcome, CODES[outcome])
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(source, "default", TRAFFIC)


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("type(connection) == PartyKitConnection", "wrapped"),
        ("type(connection) is not PartyKitConnection", "wrapped"),
        ("PartyKitConnection is connection.__class__", "wrapped"),
        ("getattr(connection, '__class__') is PartyKitConnection", "wrapped"),
        ("type(connection) in (PartyKitConnection, int)", "wrapped"),
        ("type(connection) in {PartyKitConnection, PartyKitRoom}", "wrapped"),
        ("type(ctx) is PartyKitContext", "wrapped"),
        ("type(room.storage) is PartyKitStorage", "wrapped"),
        ("type(room) is PartyKitRoom", "rewritten"),
        ("type(room) is not pks.PartyKitRoom", "rewritten"),
        ("PartyKitRoom == type(room)", "rewritten"),
        ("room.__class__ is PartyKitRoom", "rewritten"),
        ("PartyKitRoom is not room.__class__", "rewritten"),
        ("type(room) in (PartyKitRoom, PartyKitConnection)", "rewritten"),
        ("type(room) not in (PartyKitConnection, PartyKitRoom)", "rewritten"),
        ("type(room) in {PartyKitRoom}", "wrapped"),
        ("type(connection.id) is str", "rewritten"),
        ("type(connection) in (str, dict)", "rewritten"),
        ("isinstance(connection, PartyKitConnection)", "rewritten"),
        ("issubclass(type(connection), PartyKitConnection)", "rewritten"),
        ("isinstance(room, type(room))", "rewritten"),
        ("type(room) == type(room)", "rewritten"),
    ],
)
def test_the_very_class(test: str, outcome: str) -> None:
    check(module(test), outcome)


@pytest.mark.parametrize(
    "test",
    [
        "{PartyKitConnection: 'c'}.get(type(connection), '-')",
        "{PartyKitConnection: 'c', PartyKitRoom: 'r'}[type(room)]",
        "{type(connection): 'c'}.get(PartyKitConnection)",
        "[PartyKitRoom, PartyKitConnection].index(room.__class__)",
        "collections.Counter(map(type, (connection, room)))[PartyKitConnection]",
        "set(map(type, (connection, room))) == {PartyKitConnection, PartyKitRoom}",
        "{type(each) for each in (connection, room)} & {PartyKitConnection}",
        "type(connection).mro()[0] is PartyKitConnection",
        "(kind := type(connection)) is PartyKitConnection",
    ],
)
def test_classes_that_are_looked_for(test: str) -> None:
    check(module(test), "wrapped")


@pytest.mark.parametrize(
    ("test", "before"),
    [
        ("TABLE.get(type(connection), '-')", "TABLE = {PartyKitConnection: 'c', PartyKitRoom: 'r'}"),
        ("TABLE.get(type(room), '-')", "TABLE = dict([(PartyKitRoom, 'r')])"),
        ("TABLE.get(type(connection), '-')", "TABLE = {}\nTABLE[pks.PartyKitConnection] = 'c'"),
        ("type(room) in KINDS", "KINDS = (PartyKitConnection, PartyKitRoom)"),
        ("type(connection) is Conn", "Conn = PartyKitConnection"),
        ("type(connection) is Kinds.conn", "class Kinds:\n    conn = PartyKitConnection"),
        ("is_a(connection, PartyKitConnection)", "def is_a(value, kind):\n    return type(value) is kind"),
        ("is_a(connection)", "def is_a(value):\n    return {PartyKitConnection: 1}.get(type(value))"),
        ("of(connection) is PartyKitConnection", "def of(value):\n    return type(value)"),
        ("of(connection) is PartyKitConnection", "of = type"),
    ],
)
def test_classes_that_are_looked_for_elsewhere(test: str, before: str) -> None:
    check(module(test, before), "wrapped")


@pytest.mark.parametrize(
    "test",
    [
        "type(connection).__name__",
        "connection.__class__.__name__",
        "room.__class__.__qualname__",
        "str(type(room.storage))",
        "f'{type(connection)}'",
        "'%s' % type(connection)",
        "getattr(type(room), '__name__')",
        "[type(each).__name__ for each in (connection, room)]",
        "(kind := type(connection)).__name__",
    ],
)
def test_names_of_classes(test: str) -> None:
    check(module(test), "residue")


@pytest.mark.parametrize("field", ["{0.__class__.__name__}", "{0.__class__}"])
@pytest.mark.parametrize("given", ["room", "connection"])
def test_names_of_classes_in_formats(field: str, given: str) -> None:
    source = module(f"'{field}'.format({given})")
    result = migrated(source)
    assert result.outcome == "residue"
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(source, "default", TRAFFIC)


def test_names_of_classes_that_have_no_view() -> None:
    check(module("type(ctx).__name__"), "wrapped")


@pytest.mark.parametrize(
    ("subject", "outcome"),
    [("type(connection)", "wrapped"), ("type(room)", "wrapped"), ("connection", "rewritten")],
)
def test_patterns(subject: str, outcome: str) -> None:
    known = "pks.PartyKitConnection"
    case = f"{known}()" if outcome == "rewritten" else f"{known} | pks.PartyKitRoom"
    arms = ((case, "yes"), ("_", "no"))
    body = f"match {subject}:" + "".join(f"\n        case {arm}: found = '{said}'" for arm, said in arms)
    source = module("found").replace("    connection.send", f"    {body}\n    connection.send")
    check(source, outcome)


def test_the_class_of_a_handlers_own_objects() -> None:
    """`__class__` behind a dot is no name that is looked up."""
    check(module("Exception().__class__.__name__"), "rewritten")


def test_a_comment_within_a_comparison_stays() -> None:
    test = "type(room)  # the very class\n        is PartyKitRoom"
    check(module(f"({test})"), "wrapped")


def test_a_view_is_no_other_room() -> None:
    """In a handler that gets views the room is of the views' class."""
    source = module("(type(room) is PartyKitRoom, eval('1'))")
    result = migrated(source)
    assert result.outcome == "residue"
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(source, "default", TRAFFIC)
    check(module("(type(room) in (PartyKitRoom,), eval('1'))"), "wrapped")


@pytest.mark.parametrize(
    "test",
    ["type(peer) is type(connection)", "isinstance(peer, type(connection))", "type(peer) == type(room)"],
)
def test_where_one_is_a_view_all_are_that_are_compared(test: str) -> None:
    source = (
        "from partykit.server import PartyKitServer\n\n\ndef on_message(message, connection, room):\n"
        "    connection.send(type(connection).__name__)\n    peer = room.connections.get(message)\n"
        f"    connection.send(str({test}))\n\n\ndefault: PartyKitServer = {{'onMessage': on_message}}\n"
    )
    talk = Traffic("main", (*(Connect(c, f"/party/room?_pk={c}") for c in "ab"), Send("b", "a")))
    result = migrated(source)
    assert result.outcome == "residue"
    assert seen_of(result.code, "default", talk) == seen_of(source, "default", talk)
    plain = source.replace("    connection.send(type(connection).__name__)\n", "")
    assert migrated(plain).outcome == "rewritten"


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

"""Types of the object form, wherever they stand."""

import pytest
from tests.pkcodemods.checks import codes, migrated

from pkcodemods import migrate_source

PARTY = """

def on_connect(connection, room):
    room.broadcast("hi")


default: PartyKitServer = {"onConnect": on_connect}
"""
IMPORTS = (
    "import typing\nfrom typing import Annotated, Literal, Optional, TypeAlias, TypeVar, cast\n\n"
    "from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer\n\n\n"
)


def after(statement: str) -> str:
    """What becomes of a statement in a module with a party."""
    code = migrated(IMPORTS + statement + "\n" + PARTY).code
    assert "partykit" not in code
    return code.partition("\n\n\n")[2].partition("\n\n\nclass Server")[0]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("def f(room: PartyKitRoom): ...", "def f(room: Room): ..."),
        ('def f(room: "PartyKitRoom"): ...', 'def f(room: "Room"): ...'),
        ("def f(room: 'PartyKitRoom | None'): ...", "def f(room: 'Room | None'): ..."),
        ('def f(room: Optional["PartyKitRoom"]): ...', 'def f(room: Optional["Room"]): ...'),
        ('def f() -> "dict[str, PartyKitRoom]": ...', 'def f() -> "dict[str, Room]": ...'),
        ('def f(*a: "PartyKitRoom", **k: "PartyKitRoom"): ...', 'def f(*a: "Room", **k: "Room"): ...'),
        ('x: Annotated["PartyKitRoom", "PartyKitRoom"]', 'x: Annotated["Room", "PartyKitRoom"]'),
        ('x: Literal["PartyKitRoom"] = "PartyKitRoom"', 'x: Literal["PartyKitRoom"] = "PartyKitRoom"'),
        ('Rooms = dict[str, "PartyKitRoom"]', 'Rooms = dict[str, "Room"]'),
        ('Rooms = typing.Dict[str, "list[PartyKitRoom]"]', 'Rooms = typing.Dict[str, "list[Room]"]'),
        ('Alias: TypeAlias = "PartyKitRoom | None"', 'Alias: TypeAlias = "Room | None"'),
        ('R = TypeVar("R", bound="PartyKitRoom")', 'R = TypeVar("R", bound="Room")'),
        ('R = TypeVar("R", "PartyKitRoom", int)', 'R = TypeVar("R", "Room", int)'),
        ('room = cast("PartyKitRoom", None)', 'room = cast("Room", None)'),
        ("room = cast(PartyKitRoom, 'PartyKitRoom')", "room = cast(Room, 'PartyKitRoom')"),
        ("CALLS = typing.Callable[['PartyKitRoom'], None]", "CALLS = typing.Callable[['Room'], None]"),
        ("class Fake(PartyKitRoom): ...", "class Fake(Room): ..."),
        ("def f(x): return isinstance(x, PartyKitConnection)", "def f(x): return isinstance(x, Connection)"),
        ("class P(typing.Protocol):\n    room: PartyKitRoom", "class P(typing.Protocol):\n    room: Room"),
        ("parties: dict[str, PartyKitServer] = {}", "parties: dict[str, type[PartyServer]] = {}"),
        ('parties: "list[PartyKitServer]" = []', 'parties: "list[type[PartyServer]]" = []'),
        # prose and data
        ('NAMES = ["PartyKitRoom"]', 'NAMES = ["PartyKitRoom"]'),
        ('x = {"PartyKitRoom": 1}["PartyKitRoom"]', 'x = {"PartyKitRoom": 1}["PartyKitRoom"]'),
        ('def f():\n    """A PartyKitRoom."""', 'def f():\n    """A PartyKitRoom."""'),
        ("x = 1  # a PartyKitRoom", "x = 1  # a PartyKitRoom"),
        # type comments
        ("x = []  # type: list[PartyKitRoom]", "x = []  # type: list[Room]"),
        ("x = []  # type: ignore[PartyKitRoom]", "x = []  # type: ignore[PartyKitRoom]"),
        (
            "def f(a):  # type: (PartyKitRoom) -> None\n    pass",
            "def f(a):  # type: (Room) -> None\n    pass",
        ),
        (
            "def f(\n    a,  # type: PartyKitRoom\n):\n    # type: (...) -> PartyKitConnection\n    pass",
            "def f(\n    a,  # type: Room\n):\n    # type: (...) -> Connection\n    pass",
        ),
        (
            "for x in []:  # type: PartyKitRoom  # why\n    pass",
            "for x in []:  # type: Room  # why\n    pass",
        ),
    ],
)
def test_types_are_renamed_and_nothing_else(before: str, now: str) -> None:
    assert after(before) == now


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("def f[T: PartyKitRoom](room: T) -> T: ...", "def f[T: Room](room: T) -> T: ..."),
        ("class Box[T: 'PartyKitRoom']: ...", "class Box[T: 'Room']: ..."),
        ("type Rooms = dict[str, PartyKitRoom]", "type Rooms = dict[str, Room]"),
        ("type Rooms = dict[str, 'PartyKitRoom']", "type Rooms = dict[str, 'Room']"),
    ],
)
def test_type_parameters_and_aliases(before: str, now: str) -> None:
    # What LibCST parses this Python may not, so the usual checks are no use.
    code = migrate_source(IMPORTS + before + "\n" + PARTY).code
    assert now in code
    assert migrate_source(code).code == code


def test_a_type_that_is_called_stays_and_is_told() -> None:
    source = IMPORTS + "def f() -> PartyKitServer:\n    return PartyKitServer()\n" + PARTY
    assert codes(source) == ["PK207"]
    code = migrated(source).code
    assert "from partykit.server import PartyKitServer\n" in code
    assert "def f() -> PartyKitServer:\n    return PartyKitServer()\n" in code


def test_a_name_of_the_users_own_is_not_taken_for_a_type() -> None:
    source = "class PartyKitRoom: ...\n\n\ndef f(room: PartyKitRoom, x: 'PartyKitRoom'): ...\n"
    code = migrated(source + PARTY.replace(": PartyKitServer", "")).code
    assert source in code


@pytest.mark.parametrize(
    ("imports", "prefix"),
    [
        ("import partykit.server as pk", "pk."),
        ("import partykit.server", "partykit.server."),
        ("from partykit import server", "server."),
        ("from partykit import server as s", "s."),
        ("from partykit.server import *", ""),
    ],
)
def test_every_way_to_import_them(imports: str, prefix: str) -> None:
    source = f"{imports}\n\n\ndef f(room: {prefix}PartyKitRoom, c: '{prefix}PartyKitConnection'): ...\n"
    code = migrated(source + PARTY.replace("PartyKitServer", f"{prefix}PartyKitServer")).code
    assert "def f(room: Room, c: 'Connection'): ...\n" in code
    assert "partykit" not in code


def test_an_alias_stays() -> None:
    source = (
        "from partykit.server import PartyKitRoom as R, PartyKitServer\n\n\n"
        "def f(room: R, rooms: 'list[R]'): ...\n"
    )
    code = migrated(source + PARTY).code
    assert code.startswith("from partyserver import PartyServer, Room as R\n")
    assert "def f(room: R, rooms: 'list[R]'): ...\n" in code


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("x = type(y) is PartyKitRoom", "x = isinstance(y, Room)"),
        ("x = (type(y) != PartyKitRoom)", "x = (not isinstance(y, Room))"),
    ],
)
def test_the_type_of_a_room_is_asked_for_in_a_way_that_holds_for_views(before: str, now: str) -> None:
    assert after(before) == now


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("x = PartyKitRoom.__name__", 'x = "PartyKitRoom"'),
        ("x = PartyKitConnection.__qualname__", 'x = "PartyKitConnection"'),
        ('x = f"{PartyKitRoom.__name__}"', "x = f\"{'PartyKitRoom'}\""),
    ],
)
def test_a_class_that_is_asked_for_its_name_keeps_it(before: str, now: str) -> None:
    assert after(before) == now

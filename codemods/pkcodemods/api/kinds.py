"""What the codemod knows of a value: its kind, or where it was made."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importing libcst is slow, and a first look does without
    import libcst as cst


class Kind(enum.Enum):
    """The kinds of objects that the platform hands to a party."""

    ROOM = "room"
    CONNECTION = "connection"
    CONNECTIONS = "connections"  # the live mapping room.connections
    CONNECTION_KEYS = "connections.keys()"
    CONNECTION_VALUES = "connections.values()"
    CONNECTION_ITEMS = "connections.items()"
    SNAPSHOT = "snapshot of connections"  # what a helper gets instead of the live mapping
    STORAGE = "storage"
    TRANSACTION = "transaction"
    LOBBY = "lobby"
    ROOM_CONTEXT = "room context"
    PARTIES = "parties"
    PARTY_STUBS = "party stubs"
    STUB = "stub"
    STUB_SOCKET = "stub socket"
    EDGE_SOCKET = "edge socket"
    CRON = "cron"
    EXECUTION_CONTEXT = "execution context"
    CONNECTION_CONTEXT = "connection context"
    EVENT = "event"


class Other(enum.Enum):
    """Values that are of no such kind."""

    NONE = "None"
    PLAIN = "plain data"
    STDLIB = "an object of the standard library"
    FOREIGN = "an object of other code"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Box:
    """A container, by the expression that makes it."""

    site: cst.CSTNode
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """The `(key, value)` pairs of a container."""

    box: Box


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the program.

    Attributes:
        node: the function that gets the arguments.
        receiver: the object that it is bound to.
        wrapper: a function in front of it that only passes its arguments on; what calling gives is its.
        stands_for: the function that it says, by `functools.wraps`, to stand for.
    """

    node: cst.FunctionDef | cst.Lambda
    receiver: Instance | ClassObject | None = None
    wrapper: cst.FunctionDef | cst.Lambda | None = None
    stands_for: cst.FunctionDef | None = None

    @property
    def called(self) -> cst.FunctionDef | cst.Lambda:
        """What is called, and returns."""
        return self.wrapper or self.node


@dataclass(frozen=True, slots=True)
class Partial:
    """A function with arguments given before, by the expression that makes it."""

    call: cst.Call


@dataclass(frozen=True, slots=True)
class ClassObject:
    """A class of the program."""

    node: cst.ClassDef


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a class of the program."""

    node: cst.ClassDef


@dataclass(frozen=True, slots=True)
class Super:
    """What `super()` gives in a method of a class of the program."""

    node: cst.ClassDef


@dataclass(frozen=True, slots=True)
class Record:
    """A `SimpleNamespace`, or any tuple of a type that `namedtuple()` made, by the expression that makes
    the one or the type."""

    node: cst.CSTNode


@dataclass(frozen=True, slots=True)
class RecordType:
    """A type that `namedtuple()` made, by that call; what it makes are its records."""

    node: cst.Call


@dataclass(frozen=True, slots=True)
class Method:
    """A method of an object of a kind, or of a container."""

    owner: Kind | Box
    name: str


@dataclass(frozen=True, slots=True)
class Coroutine:
    """The coroutine that calling an `async def` returns."""

    node: cst.FunctionDef


@dataclass(frozen=True, slots=True)
class Pending:
    """Something to await for an object of a kind."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Imported:
    """Something from outside of the program, by its qualified name."""

    name: str


Atom = (
    Kind
    | Other
    | Box
    | Items
    | Function
    | Partial
    | ClassObject
    | Instance
    | Super
    | Record
    | RecordType
    | Method
    | Coroutine
    | Pending
    | Imported
)
Value = frozenset[Atom]

NOTHING: Value = frozenset()
OF_CONNECTIONS: Value = frozenset(
    {Kind.CONNECTIONS, Kind.CONNECTION_KEYS, Kind.CONNECTION_VALUES, Kind.CONNECTION_ITEMS}
)
"""The live mapping of a room's connections, and its views."""
UNKNOWN: Value = frozenset({Other.UNKNOWN})
PLAIN: Value = frozenset({Other.PLAIN})
NONE: Value = frozenset({Other.NONE})
STDLIB: Value = frozenset({Other.STDLIB})


def only(value: Value, kind: Kind) -> bool:
    """Whether a value is certainly of the kind, or None."""
    return value - NONE == {kind}


def kinds_in(value: Value) -> frozenset[Kind]:
    """The kinds that a value may be of."""
    return frozenset(atom for atom in value if isinstance(atom, Kind))

"""The vocabulary of the object form, and what each word is in the class form. Data, no decisions."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pkcodemods.api.handlers import camel_case
from pkcodemods.api.kinds import NONE, PLAIN, Kind, Pending, Value


class Rule(enum.Enum):
    """Words that are more than another name."""

    CONNECTIONS = "the mapping room.connections"
    READ_ATTACHMENT = "deserializeAttachment() is state"
    WRITE_ATTACHMENT = "serializeAttachment(x) is set_state(x)"
    LIST_OPTIONS = "storage.list({...}) takes keywords"
    FETCH_OPTIONS = "stub.fetch({...}) takes keywords"
    CONNECT = "stub.connect() has no equivalent"


class Callback(enum.Enum):
    """What a method calls its function argument with."""

    LISTENER = "the event"
    TRANSACTION = "a transaction"
    NOTHING = "nothing"
    STATE = "the present state"


CONNECTION_LIST = "a list of connections"
CALLBACK_RESULT = "what the callback returns"


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute or method of a kind of object.

    Attributes:
        path: the attributes that take its place; empty where the object itself does.
        value: what it is, as an attribute.
        returns: what calling it gives; None if it is no method.
        rule: what else is to be done.
        callback: what it calls its function argument with.
    """

    path: tuple[str, ...]
    value: Value = PLAIN
    returns: Value | str | None = None
    rule: Rule | None = None
    callback: Callback | None = None


def _attribute(name: str, value: Value = PLAIN) -> dict[str, Member]:
    return dict.fromkeys((name, camel_case(name)), Member((name,), value))


def _method(
    name: str,
    returns: Value | str = PLAIN,
    *,
    rule: Rule | None = None,
    callback: Callback | None = None,
) -> dict[str, Member]:
    member = Member((name,), PLAIN, returns, rule, callback)
    return dict.fromkeys((name, camel_case(name)), member)


def _both(name: str, member: Member) -> dict[str, Member]:
    return dict.fromkeys((name, camel_case(name)), member)


def _of(kind: Kind) -> Value:
    return frozenset({kind})


_SOCKET: dict[str, Member] = {
    **_method("send"),
    **_method("close"),
    **_attribute("ready_state"),
    **_method("add_event_listener", NONE, callback=Callback.LISTENER),
    **_method("remove_event_listener", NONE),
}
_STORAGE: dict[str, Member] = {
    **_method("get"),
    **_method("put"),
    **_method("delete"),
    **_method("list", rule=Rule.LIST_OPTIONS),
    **_method("delete_all"),
    **_method("get_alarm"),
    **_method("set_alarm"),
    **_method("delete_alarm"),
    **_method("transaction", CALLBACK_RESULT, callback=Callback.TRANSACTION),
}

VOCABULARY: dict[Kind, dict[str, Member]] = {
    Kind.ROOM: {
        **_attribute("id"),
        **_attribute("name"),
        **_attribute("env"),
        "internal_id": Member(("internal_id",)),
        "internalID": Member(("internal_id",)),
        **_attribute("storage", _of(Kind.STORAGE)),
        **_attribute("context", _of(Kind.ROOM_CONTEXT)),
        "parties": Member(("context", "parties"), _of(Kind.PARTIES)),
        "connections": Member(("connections",), _of(Kind.CONNECTIONS), rule=Rule.CONNECTIONS),
        **_method("broadcast"),
        **_method("get_connection", _of(Kind.CONNECTION) | NONE),
        **_method("get_connections", CONNECTION_LIST),
        **_method("block_concurrency_while", CALLBACK_RESULT, callback=Callback.NOTHING),
    },
    Kind.CONNECTION: {
        **_SOCKET,
        **_attribute("id"),
        **_attribute("uri"),
        **_attribute("state"),
        "socket": Member((), _of(Kind.CONNECTION)),
        **_method("set_state", callback=Callback.STATE),
        **_both("deserialize_attachment", Member(("state",), PLAIN, PLAIN, Rule.READ_ATTACHMENT)),
        **_both("serialize_attachment", Member(("set_state",), PLAIN, NONE, Rule.WRITE_ATTACHMENT)),
    },
    Kind.STORAGE: _STORAGE,
    Kind.TRANSACTION: {**_STORAGE, **_method("rollback", NONE)},
    Kind.LOBBY: {
        **_attribute("id"),
        **_attribute("env"),
        **_attribute("assets"),
        **_attribute("parties", _of(Kind.PARTIES)),
    },
    Kind.ROOM_CONTEXT: {**_attribute("assets"), **_attribute("parties", _of(Kind.PARTIES))},
    Kind.PARTIES: {**_method("get", _of(Kind.PARTY_STUBS) | NONE)},
    Kind.PARTY_STUBS: {**_method("get", _of(Kind.STUB))},
    Kind.STUB: {
        **_method("fetch", rule=Rule.FETCH_OPTIONS),
        **_method("socket", frozenset({Pending(Kind.STUB_SOCKET)})),
        "connect": Member(("connect",), PLAIN, _of(Kind.STUB_SOCKET), Rule.CONNECT),
    },
    Kind.STUB_SOCKET: _SOCKET,
    Kind.EDGE_SOCKET: {**_SOCKET, **_attribute("request")},
    Kind.CRON: {**_attribute("name"), **_attribute("cron"), **_attribute("scheduled_time")},
    Kind.EXECUTION_CONTEXT: {**_method("wait_until", NONE)},
    Kind.CONNECTION_CONTEXT: {**_attribute("request")},
    Kind.EVENT: {
        **_attribute("data"),
        **_attribute("code"),
        **_attribute("reason"),
        **_attribute("was_clean"),
        **_attribute("error"),
    },
}

SHIMS: dict[Kind, str] = {
    Kind.ROOM: "legacy_room",
    Kind.CONNECTION: "legacy_connection",
    Kind.STORAGE: "legacy_storage",
    Kind.TRANSACTION: "legacy_storage",
    Kind.LOBBY: "legacy_lobby",
    Kind.STUB: "legacy_stub",
    Kind.STUB_SOCKET: "legacy_socket",
    Kind.EDGE_SOCKET: "legacy_socket",
    Kind.CRON: "legacy_cron",
    Kind.EXECUTION_CONTEXT: "legacy_execution_context",
}
"""The functions of `pkcompat` that give an object's old-name view."""

LIST_OPTIONS: dict[str, str] = {
    "start": "start",
    "startAfter": "start_after",
    "start_after": "start_after",
    "end": "end",
    "prefix": "prefix",
    "reverse": "reverse",
    "limit": "limit",
}
FETCH_OPTIONS: dict[str, str] = {
    "method": "method",
    "headers": "headers",
    "body": "content",
    "content": "content",
    "json": "json",
}

# The types of partykit.server, with what they are in partyserver and the kind that they annotate.
TYPES: dict[str, tuple[str, Kind | None]] = {
    "PartyKitRoom": ("Room", Kind.ROOM),
    "Party": ("Room", Kind.ROOM),
    "Room": ("Room", Kind.ROOM),
    "PartyKitConnection": ("Connection", Kind.CONNECTION),
    "PartyConnection": ("Connection", Kind.CONNECTION),
    "Connection": ("Connection", Kind.CONNECTION),
    "PartyKitContext": ("ConnectionContext", Kind.CONNECTION_CONTEXT),
    "PartyKitConnectionContext": ("ConnectionContext", Kind.CONNECTION_CONTEXT),
    "PartyConnectionContext": ("ConnectionContext", Kind.CONNECTION_CONTEXT),
    "ConnectionContext": ("ConnectionContext", Kind.CONNECTION_CONTEXT),
    "PartyKitStorage": ("Storage", Kind.STORAGE),
    "PartyStorage": ("Storage", Kind.STORAGE),
    "Storage": ("Storage", Kind.STORAGE),
    "PartyKitLobby": ("Lobby", Kind.LOBBY),
    "PartyKitFetchLobby": ("Lobby", Kind.LOBBY),
    "PartyLobby": ("Lobby", Kind.LOBBY),
    "PartyFetchLobby": ("Lobby", Kind.LOBBY),
    "FetchLobby": ("Lobby", Kind.LOBBY),
    "CronLobby": ("Lobby", Kind.LOBBY),
    "Lobby": ("Lobby", Kind.LOBBY),
    "PartyKitExecutionContext": ("ExecutionContext", Kind.EXECUTION_CONTEXT),
    "PartyExecutionContext": ("ExecutionContext", Kind.EXECUTION_CONTEXT),
    "ExecutionContext": ("ExecutionContext", Kind.EXECUTION_CONTEXT),
    "PartyKitStub": ("RoomStub", Kind.STUB),
    "PartyStub": ("RoomStub", Kind.STUB),
    "Stub": ("RoomStub", Kind.STUB),
    "PartyContext": ("RoomContext", Kind.ROOM_CONTEXT),
    "Context": ("RoomContext", Kind.ROOM_CONTEXT),
    "PartyKitSocket": ("EdgeSocket", Kind.EDGE_SOCKET),
    "FetchSocket": ("EdgeSocket", Kind.EDGE_SOCKET),
    "PartyKitCron": ("Cron", Kind.CRON),
    "Cron": ("Cron", Kind.CRON),
    "PartyKitRequest": ("Request", None),
    "PartyRequest": ("Request", None),
    "Request": ("Request", None),
    "PartyKitResponse": ("Response", None),
    "Response": ("Response", None),
}

PLATFORM_NAMES: dict[tuple[str, Kind | None], str] = {}
"""What the classes of the object form call themselves, by what they become."""
for _name, _becomes in TYPES.items():
    _is_starlettes = _becomes[0] in ("Request", "Response")
    PLATFORM_NAMES.setdefault(_becomes, _becomes[0] if _is_starlettes else _name)
SERVER_TYPE = "PartyKitServer"


_ONLY_OLD = (Rule.CONNECTIONS, Rule.CONNECT)


def member(kind: Kind, name: str) -> Member | None:
    """What an attribute of an object of a kind is; None for one that is the user's own."""
    return VOCABULARY.get(kind, {}).get(name)


def is_old(kind: Kind, name: str) -> bool:
    """Whether only the object form has this attribute."""
    found = member(kind, name)
    return found is not None and (found.path != (name,) or found.rule in _ONLY_OLD)


OLD_NAMES: dict[str, frozenset[Kind]] = {
    name: frozenset(kind for kind in VOCABULARY if is_old(kind, name))
    for members in VOCABULARY.values()
    for name in members
    if any(is_old(kind, name) for kind in VOCABULARY)
}
"""Attributes that only the object form has, with the kinds that have them."""

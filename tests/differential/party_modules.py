"""Hypothesis writes party modules in the object form, out of pieces that real ones are made of: bodies
(`pieces`), helpers (`helper_pieces`), shapes of handlers (`handler_shapes`), and forms of the object."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from hypothesis import strategies as st
from tests.differential import pieces
from tests.differential.handler_shapes import SHAPES, Handler
from tests.differential.helper_pieces import HELPERS

IMPORT_STYLES = {
    "names": ("from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer", "{}"),
    "aliases": (
        (
            "from partykit.server import "
            "PartyKitConnection as Conn, PartyKitRoom as TheRoom, PartyKitServer as Server_"
        ),
        None,
    ),
    "module": ("import partykit.server as pk", "pk.{}"),
    "package": ("from partykit import server", "server.{}"),
}
ALIASES = {"PartyKitConnection": "Conn", "PartyKitRoom": "TheRoom", "PartyKitServer": "Server_"}
HEAD = [
    "import asyncio",
    "import contextlib",
    "import functools",
    "from collections import defaultdict, deque",
    "from dataclasses import dataclass",
    "from types import SimpleNamespace",
    "from typing import NamedTuple",
    "",
]
CAMEL = {
    "on_connect": "onConnect",
    "on_message": "onMessage",
    "on_close": "onClose",
    "on_request": "onRequest",
}
FORMS = [
    "annotated dict",
    "dict",
    "dict call",
    "PartyKitServer call",
    "SimpleNamespace",
    "instance",
    "module",
]


@dataclass(frozen=True)
class PartyModule:
    """A module in the object form.

    Attributes:
        source: its source.
        export: the name of its export; "" where it is the module.
        party: the names of what makes the party: the export, functions that may become methods.
    """

    source: str
    export: str
    party: frozenset[str]


@st.composite
def handlers(draw: st.DrawFn, kind: str, annotate: bool, type_name: dict[str, str]) -> Handler:
    """One handler of a kind."""
    room, connection = (
        draw(_among(*pieces.ROOM_NAMES)),
        draw(_among(*pieces.CONNECTION_NAMES)),
    )
    message, request = (
        draw(_among(*pieces.MESSAGE_NAMES)),
        draw(_among(*pieces.REQUEST_NAMES)),
    )
    context = draw(_among(*pieces.CONTEXT_NAMES))
    names = {"r": room, "c": connection, "m": message, "q": request, "x": context}
    is_async = draw(_YES_OR_NO)
    chosen = draw(_bodies(kind, is_async))
    body = [piece.format(**names) for piece in chosen]
    parameters = {
        "on_connect": [connection, room, context],
        "on_message": [message, connection, room],
        "on_close": [connection, room],
        "on_request": [request, room],
    }[kind]
    text = "\n".join(body)
    if kind == "on_connect" and draw(_YES_OR_NO):
        parameters = parameters[:2]
    if room not in text and kind != "on_request" and draw(_YES_OR_NO):
        parameters = parameters[: parameters.index(room)]  # as in JavaScript a handler may take fewer
    if kind == "on_request":
        body = [f"text = {request}.method + ' ' + {room}.id", *body, "return Response(text)"]
    takes_room = room in parameters
    if annotate:
        annotations = {connection: type_name["PartyKitConnection"], room: type_name["PartyKitRoom"]}
        parameters = [f"{name}: {annotations[name]}" if name in annotations else name for name in parameters]
    if takes_room and len(parameters) == 3 and draw(st.integers(0, 5)) == 0:
        parameters = [*parameters, "*", "loud=True"] if draw(_YES_OR_NO) else [*parameters, "**rest"]
    function = draw(_among(kind, CAMEL[kind], f"handle_{kind[3:]}", f"_{kind[3:]}"))
    doc = draw(_among("", '"""Old room.connections prose stays."""', "# a comment stays"))
    # `global` must come before a name's first use
    ordered = sorted(body, key=lambda piece: not piece.startswith("global"))
    lines = "\n".join([*dict.fromkeys(ordered)] or ["pass"])
    if doc and not lines.startswith("global"):
        lines = f"{doc}\n{lines}"
    return Handler(kind, function, tuple(parameters), lines, is_async, room if takes_room else None)


@cache
def _among(*options: str) -> st.SearchStrategy[str]:
    """One of several; Hypothesis checks each strategy that it has not seen, which takes its time."""
    return st.sampled_from(options)


_KINDS = st.lists(_among(*sorted(CAMEL)), min_size=1, max_size=4, unique=True)
_YES_OR_NO = st.booleans()


@cache
def _bodies(kind: str, is_async: bool) -> st.SearchStrategy[list[str]]:
    return st.lists(_among(*_pieces_for(kind, is_async)), min_size=0, max_size=4)


def _pieces_for(kind: str, is_async: bool) -> list[str]:
    if kind == "on_request":
        return list(pieces.ROOM_ONLY)
    given = list(pieces.ROOM_AND_CONNECTION)
    for helper in HELPERS.values():
        if is_async or not helper.is_async:
            given += helper.calls
    if kind == "on_message":
        given = pieces.ON_MESSAGE * 3 + given
    if kind == "on_connect":
        given = pieces.ON_CONNECT_LISTENERS * 2 + given
    return given + pieces.ASYNC_ROOM_AND_CONNECTION * 2 if is_async else given


@st.composite
def party_modules(draw: st.DrawFn) -> PartyModule:
    """A module in the object form."""
    style = draw(_among(*sorted(IMPORT_STYLES)))
    import_line, pattern = IMPORT_STYLES[style]
    type_name = {name: pattern.format(name) if pattern else alias for name, alias in ALIASES.items()}
    annotate = draw(_YES_OR_NO)
    kinds = draw(_KINDS)
    form = draw(_among(*FORMS))
    made = [draw(handlers(kind, annotate, type_name)) for kind in kinds]
    export = draw(_among("default", "chat", "game_server"))
    camel = draw(_YES_OR_NO)
    keys = {handler.kind: CAMEL[handler.kind] if camel else handler.kind for handler in made}
    if form == "module":
        made = [replace(handler, function=keys[handler.kind]) for handler in made]
        parts, export = [handler.definition() for handler in made], ""
    elif form == "instance":
        methods = [handler.definition(keys[handler.kind], "self") for handler in made]
        parts = [
            "class Handlers:\n" + textwrap.indent("\n".join(methods), "    "),
            f"{export} = Handlers()\n",
        ]
    else:
        shapes = [draw(_among("function", *SHAPES)) for _ in made]
        shaped = [SHAPES[shape](handler) for shape, handler in zip(shapes, made, strict=True)]
        pairs = [(keys[handler.kind], value) for handler, (_, value) in zip(made, shaped, strict=True)]
        if {"on_connect", "on_close"} <= set(kinds) and draw(st.integers(0, 4)) == 0:
            pairs = _two_keys(pairs, keys, made)
        parts = [*(definition for definition, _ in shaped if definition)]
        parts.append(export_source(form, export, pairs, type_name))
    text = "\n\n".join(parts)
    head = [*HEAD, import_line, "from starlette.responses import Response", "", "hits = 0\n\n"]
    source = "\n".join(head) + "\n" + "\n\n".join([*helpers_of(text, draw(st.integers(0, 7)) == 7), text])
    party = {"Handlers", "default", export, *(handler.function for handler in made)}
    return PartyModule(source, export, frozenset(party - {""}))


def _two_keys(
    pairs: list[tuple[str, str]], keys: dict[str, str], made: Sequence[Handler]
) -> list[tuple[str, str]]:
    """One function under two keys: what takes a connection and a room can be called for both."""
    values = dict(pairs)
    close = next(handler for handler in made if handler.kind == "on_close")
    if close.room is None:
        return pairs
    values[keys["on_connect"]] = values[keys["on_close"]]
    return list(values.items())


def helpers_of(text: str, with_unused: bool) -> list[str]:
    """The helpers that a text uses, with those that they use."""
    wanted = {"unused"} if with_unused else set()
    words = set(re.findall(r"\w+", text))
    for name, helper in HELPERS.items():
        if helper.names & words:
            wanted |= {name, *helper.needs}
    return [helper.source for name, helper in HELPERS.items() if name in wanted and name != "shadowed"] + [
        HELPERS["shadowed"].source for _ in range("shadowed(" in text)
    ]


def export_source(form: str, export: str, pairs: Sequence[tuple[str, str]], type_name: dict[str, str]) -> str:
    """The statement that makes the object."""
    server = type_name["PartyKitServer"]
    literal = "{\n" + "".join(f'    "{key}": {value},\n' for key, value in pairs) + "}"
    call = ", ".join(f"{key}={value}" for key, value in pairs)
    return {
        "annotated dict": f"{export}: {server} = {literal}\n",
        "dict": f"{export} = {literal}\n",
        "dict call": f"{export} = dict({call})\n",
        "PartyKitServer call": f"{export} = {server}({call})\n",
        "SimpleNamespace": f"{export} = SimpleNamespace({call})\n",
    }[form]

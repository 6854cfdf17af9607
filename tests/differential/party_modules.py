"""Hypothesis writes party modules in the object form, out of pieces that real ones are made of.

A piece is a few lines with placeholders: `{r}` is what the handler calls the room, `{c}` the connection,
`{m}` the message, `{q}` the request, `{x}` the context. Pieces of one handler stand one after another.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

ROOM_NAMES = ["room", "r", "party", "the_room"]
CONNECTION_NAMES = ["connection", "conn", "c", "ws"]
MESSAGE_NAMES = ["message", "msg", "data"]
REQUEST_NAMES = ["request", "req"]
CONTEXT_NAMES = ["ctx", "context", "_"]

# Pieces for handlers that have a room and a connection.
ROOM_AND_CONNECTION = [
    '{c}.send("hello " + {c}.id)',
    '{c}.socket.send("socket " + {r}.id)',
    '{r}.broadcast("all from " + {c}.id)',
    '{r}.broadcast(f"others {{{c}.id}} of {{len({r}.connections)}}", [{c}.id])',
    '{r}.broadcast("without " + {c}.id, without=[{c}.id])',
    "for peer in {r}.connections.values():\n    peer.socket.send('peer ' + peer.id)",
    "for key, peer in {r}.connections.items():\n    peer.send(key + ' hears ' + {c}.id)",
    "for key in {r}.connections:\n    {c}.send('key ' + key)",
    "for key in {r}.connections.keys():\n    {r}.connections[key].send('by key')",
    "{c}.send(','.join(sorted({r}.connections)))",
    "{c}.send(str([peer.id for peer in {r}.connections.values() if peer.id != {c}.id]))",
    "{c}.send(str(len({r}.connections)) + ' ' + str(bool({r}.connections)))",
    "{c}.send('b here' if 'b' in {r}.connections else 'no b')",
    "peer = {r}.connections.get('b')\nif peer:\n    peer.socket.send('for b')\nelse:\n    {c}.send('nobody')",
    "peer = {r}.connections.get('zz', {c})\npeer.send('default')",
    (
        "try:\n    {r}.connections['zz'].send('never')\n"
        "except KeyError as error:\n    {c}.send('key error ' + str(error))"
    ),
    "conns = {r}.connections\nfor peer in list(conns.values()):\n    peer.send('aliased ' + str(len(conns)))",
    "everyone = dict({r}.connections)\n{c}.send(str(sorted(everyone)))",
    "if (found := {r}.getConnection('a')) is not None:\n    found.send('walrus')",
    "for peer in {r}.getConnections():\n    peer.send('by getConnections')",
    "for peer in {r}.get_connections():\n    peer.send('by get_connections')",
    "{c}.send(str({r}.internalID == {r}.internalID))",
    "{c}.setState({{'by': {c}.id}})\n{c}.send(str({c}.state))",
    "{c}.set_state(lambda old: (old or 0, 1))\n{c}.send(str({c}.state))",
    "{c}.serializeAttachment([1, 2])\n{c}.send(str({c}.deserializeAttachment()))",
    "{r}.count = getattr({r}, 'count', 0) + 1\n{c}.send('count ' + str({r}.count))",
    "announce({r}, 'announced by ' + {c}.id)",
    "announce(text='by keyword', where={r})",
    "greet({c}, {r})",
    "greet(room={r}, connection={c})",
    "send_all([peer for peer in {r}.connections.values()], 'listed')",
    "tally = count_down({r}, 2)\n{c}.send('tally ' + str(tally))",
    # names that shadow, and names that only look like the room
    "def inner(room):\n    return 'inner ' + str(room)\n{c}.send(inner(5))",
    "shout = lambda {r}: str({r}).upper()\n{c}.send(shout('lambda'))",
    "{c}.send(str([{r} for {r} in range(3)]))",
    "def later():\n    return {r}.id + ' closure ' + {c}.id\n{c}.send(later())",
    "{c}.send(f'{{len({r}.connections)!r:>3}} {{{r}.id}}')",
    (
        "match {c}.id:\n    case 'a':\n        {c}.send('matched')\n"
        "    case other:\n        {c}.send('other ' + other)"
    ),
    "x = room_name = {r}.id\n{c}.send(x + room_name)",
    "global hits\nhits += 1\n{c}.send('hits ' + str(hits))",
    "here = {r}\nhere.broadcast('through an alias')",
    "who, where = {c}, {r}\nwho.send('unpacked ' + where.id)",
    "send = {c}.send\nsend('bound method')",
    "label = 'room.connections is not code'  # room.connections neither\n{c}.send(label)",
]

# Pieces that only an `async def` can hold.
ASYNC_ROOM_AND_CONNECTION = [
    "n = (await {r}.storage.get('n') or 0) + 1\nawait {r}.storage.put('n', n)\n{c}.send('n ' + str(n))",
    "await {r}.storage.put({{'k1': 1, 'k2': [{c}.id]}})\n{c}.send(str(await {r}.storage.list(prefix='k')))",
    "{c}.send(str(await {r}.storage.list({{'prefix': 'k', 'limit': 1}})))",
    "{c}.send(str(await {r}.storage.list(startAfter='k1')))",
    "store = {r}.storage\nawait store.delete('k1')\n{c}.send(str(await store.get(['k1', 'k2'])))",
    "await {r}.storage.deleteAll()\n{c}.send('deleted')",
    "await asyncio.sleep(0.01)\n{c}.send('slept in ' + {r}.id)",
    "await remember({r}, {c}.id)\n{c}.send(str(await {r}.storage.get('last')))",
    "{c}.send(await describe(room={r}))",
    "await {c}.send('awaited')",
]

ON_MESSAGE = [
    "{c}.send('echo ' + str({m}))",
    "if {m} == 'boom':\n    raise ValueError('boom')",
    "if {m} == 'close':\n    {c}.close(4000, 'bye')\n    return",
    "{r}.broadcast({m}, [{c}.id])",
    "{c}.send(f'{{{m}!r}} of {{{c}.id}} in {{{r}.id}}')",
]

ON_CONNECT_LISTENERS = [
    "{c}.addEventListener('message', lambda event: {c}.send('heard ' + str(event.data)))",
    "def heard(event):\n    {r}.broadcast('heard in ' + {r}.id)\n{c}.add_event_listener('message', heard)",
    "def gone():\n    {r}.broadcast('gone ' + {c}.id)\n{c}.socket.addEventListener('close', gone)",
    "if {c}.id == 'refused':\n    raise RuntimeError('refused')",
]

ROOM_ONLY = [
    "{r}.broadcast('from http')",
    "{r}.visits = getattr({r}, 'visits', 0) + 1",
    "text = text + ' ' + ','.join(sorted({r}.connections.keys()))",
    "text = text + ' ' + str(len({r}.connections))",
    "announce({r}, 'announced from http')",
    "for conn in {r}.connections.values():\n    conn.send('to each from http')",
]

HELPERS = '''\
hits = 0


def announce(where, text):
    """Tell everybody in the room.connections."""
    for peer in where.connections.values():
        peer.socket.send(text)


def greet(connection, room):
    connection.send("greetings from " + room.id + " " + str(len(room.connections)))
    announce(room, "greeted " + connection.id)


def send_all(peers, text):
    for peer in peers:
        peer.send(text)


def count_down(room, left):
    return len(room.connections) if left == 0 else count_down(room, left - 1)


async def remember(room, value):
    await room.storage.put("last", value)


async def describe(room):
    return room.id + ":" + str(await room.storage.get("last"))
'''

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

CAMEL = {
    "on_connect": "onConnect",
    "on_message": "onMessage",
    "on_close": "onClose",
    "on_request": "onRequest",
}


@dataclass(frozen=True)
class Handler:
    """One handler: its own name in the module, and its text."""

    kind: str
    function: str
    source: str


def fill(piece: str, **names: str) -> str:
    return piece.format(**names)


def function_source(
    name: str, parameters: Sequence[str], body: Sequence[str], *, is_async: bool, doc: str
) -> str:
    prefix = "async def" if is_async else "def"
    # `global` must come before a name's first use
    ordered = sorted(body, key=lambda piece: not piece.startswith("global"))
    lines = "\n".join([doc, *(dict.fromkeys(ordered) or ["pass"])]).lstrip("\n")
    return f"{prefix} {name}({', '.join(parameters)}):\n{textwrap.indent(lines, '    ')}\n"


@st.composite
def handlers(draw: st.DrawFn, kind: str, annotate: bool, type_name: dict[str, str]) -> Handler:
    """One handler of a kind."""
    room, connection = draw(st.sampled_from(ROOM_NAMES)), draw(st.sampled_from(CONNECTION_NAMES))
    message, request = draw(st.sampled_from(MESSAGE_NAMES)), draw(st.sampled_from(REQUEST_NAMES))
    context = draw(st.sampled_from(CONTEXT_NAMES))
    names = {"r": room, "c": connection, "m": message, "q": request, "x": context}
    is_async = draw(st.booleans())
    pieces = list(ROOM_ONLY if kind == "on_request" else ROOM_AND_CONNECTION)
    if kind == "on_message":
        pieces = ON_MESSAGE * 3 + pieces
    if kind == "on_connect":
        pieces = ON_CONNECT_LISTENERS * 2 + pieces
    if is_async and kind != "on_request":
        pieces += ASYNC_ROOM_AND_CONNECTION * 2
    body = [fill(piece, **names) for piece in draw(st.lists(st.sampled_from(pieces), min_size=0, max_size=4))]
    parameters = {
        "on_connect": [connection, room, context],
        "on_message": [message, connection, room],
        "on_close": [connection, room],
        "on_request": [request, room],
    }[kind]
    text = "\n".join(body)
    if kind == "on_connect" and draw(st.booleans()):
        parameters = parameters[:2]
    if room not in text and kind != "on_request" and draw(st.booleans()):
        parameters = parameters[: parameters.index(room)]  # as in JavaScript a handler may take fewer
    if kind == "on_request":
        body = [f"text = {request}.method + ' ' + {room}.id", *body, "return Response(text)"]
    if annotate:
        annotations = {connection: type_name["PartyKitConnection"], room: type_name["PartyKitRoom"]}
        parameters = [f"{name}: {annotations[name]}" if name in annotations else name for name in parameters]
    function = draw(st.sampled_from([kind, CAMEL[kind], f"handle_{kind[3:]}", f"_{kind[3:]}"]))
    doc = draw(st.sampled_from(["", '"""Old room.connections prose stays."""', "# a comment stays"]))
    return Handler(kind, function, function_source(function, parameters, body, is_async=is_async, doc=doc))


FORMS = [
    "annotated dict",
    "dict",
    "dict call",
    "PartyKitServer call",
    "SimpleNamespace",
    "instance",
    "module",
]


@st.composite
def party_modules(draw: st.DrawFn) -> tuple[str, str]:
    """A module in the object form: its source, and the name of its export ("" where it is the module)."""
    style = draw(st.sampled_from(sorted(IMPORT_STYLES)))
    import_line, pattern = IMPORT_STYLES[style]
    type_name = {name: pattern.format(name) if pattern else alias for name, alias in ALIASES.items()}
    annotate = draw(st.booleans())
    kinds = draw(st.lists(st.sampled_from(sorted(CAMEL)), min_size=1, max_size=4, unique=True))
    form = draw(st.sampled_from(FORMS))
    made = [draw(handlers(kind, annotate, type_name)) for kind in kinds]
    export = draw(st.sampled_from(["default", "chat", "game_server"]))
    camel = draw(st.booleans())
    keys = {handler.kind: CAMEL[handler.kind] if camel else handler.kind for handler in made}
    head = ["import asyncio", "from types import SimpleNamespace", "", import_line]
    head.append("from starlette.responses import Response")
    sources = [handler.source for handler in made]
    if form == "module":
        sources = [renamed(handler, keys[handler.kind]) for handler in made]
        parts, export = [*sources], ""
    elif form == "instance":
        methods = [as_method(renamed(handler, keys[handler.kind])) for handler in made]
        parts = [
            "class Handlers:\n" + textwrap.indent("\n".join(methods), "    "),
            f"{export} = Handlers()\n",
        ]
    else:
        parts = [*sources, export_source(form, export, made, keys, type_name)]
    if len({handler.function for handler in made}) < len(made):  # pragma: no cover - names differ by kind
        raise AssertionError("two handlers of one name")
    return "\n".join(head) + "\n\n" + HELPERS + "\n\n" + "\n\n".join(parts), export


def renamed(handler: Handler, name: str) -> str:
    return handler.source.replace(f"def {handler.function}(", f"def {name}(", 1)


def as_method(source: str) -> str:
    return source.replace("(", "(self, ", 1)


def export_source(
    form: str, export: str, made: Sequence[Handler], keys: dict[str, str], type_name: dict[str, str]
) -> str:
    """The statement that makes the object."""
    server = type_name["PartyKitServer"]
    pairs = [(keys[handler.kind], handler.function) for handler in made]
    literal = "{\n" + "".join(f'    "{key}": {function},\n' for key, function in pairs) + "}"
    call = ", ".join(f"{key}={function}" for key, function in pairs)
    return {
        "annotated dict": f"{export}: {server} = {literal}\n",
        "dict": f"{export} = {literal}\n",
        "dict call": f"{export} = dict({call})\n",
        "PartyKitServer call": f"{export} = {server}({call})\n",
        "SimpleNamespace": f"{export} = SimpleNamespace({call})\n",
    }[form]

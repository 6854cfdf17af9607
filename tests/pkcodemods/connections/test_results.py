"""`room.connections` as what a function returns, and as what a context manager gives."""

from __future__ import annotations

import textwrap

import pytest
from tests.differential.both_forms import party_of, transcript_of
from tests.pkcodemods.checks import check_transformed, migrated

from pkcompat.traffic.steps import Close, Connect, Send, Traffic

TRAFFIC = Traffic(
    "main",
    (
        Connect("a", "/party/room?_pk=a"),
        Connect("b", "/party/room?_pk=b"),
        Send("a", "one"),
        Send("b", "two"),
        Close("a", 1_000),
        Connect("a", "/party/room?_pk=a"),
        Send("b", "three"),
    ),
)
IMPORTS = (
    "from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, nullcontext\n"
)
RETURNING = "def everyone(room):\n    return room.connections\n"
ASYNC_RETURNING = f"async {RETURNING}"
MANAGER = "@contextmanager\ndef everyone(room):\n    yield room.connections\n"
ASYNC_MANAGER = "@asynccontextmanager\nasync def everyone(room):\n    yield room.connections\n"
CLASS = """
class everyone:
    def __init__(self, room):
        self.room = room

    def __enter__(self):
        return self.room.connections

    def __exit__(self, *error):
        return None
"""


def test_what_a_function_returns() -> None:
    check_transformed(
        """
        def everyone(room):
            return room.connections


        def on_message(message, connection, room):
            for key, peer in everyone(room).items():
                peer.send(key)
            connection.send(str(len(everyone(room))))


        default = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def everyone(room):
            return {peer.id: peer for peer in room.get_connections()}


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                for key, peer in everyone(self.room).items():
                    peer.send(key)
                connection.send(str(len(everyone(self.room))))


        default = Server
        """,
        findings=("PK301",),
    )


def test_what_a_context_manager_gives() -> None:
    check_transformed(
        """
        from contextlib import contextmanager


        @contextmanager
        def everyone(room):
            yield room.connections


        def on_message(message, connection, room):
            with everyone(room) as peers:
                connection.send(" ".join(peers))


        default = {"onMessage": on_message}
        """,
        """
        from contextlib import contextmanager

        from partyserver import PartyServer, ServerOptions


        @contextmanager
        def everyone(room):
            yield {peer.id: peer for peer in room.get_connections()}


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                with everyone(self.room) as peers:
                    connection.send(" ".join(peers))


        default = Server
        """,
        findings=("PK301",),
    )


# A function that gives the mapping, and what a handler does with that: each reads it at once.
READ_AT_ONCE = {
    "returned": (RETURNING, "connection.send(str(len(everyone(room))))"),
    "returned through a name": (
        "def everyone(room):\n    peers = room.connections\n    return peers\n",
        "peers = everyone(room)\nconnection.send(' '.join(peers))",
    ),
    "returned in a branch": (
        "def everyone(room):\n    if room.id:\n        return room.connections\n    return {}\n",
        "connection.send(' '.join(sorted(everyone(room))))",
    ),
    "a lambda's": ("", "everyone = lambda: room.connections\nconnection.send(str(len(everyone())))"),
    "awaited": (ASYNC_RETURNING, "connection.send(' '.join(await everyone(room)))"),
    "awaited into a name": (
        ASYNC_RETURNING,
        "peers = await everyone(room)\nconnection.send(' '.join(peers))",
    ),
    "with": (MANAGER, "with everyone(room) as peers:\n    connection.send(' '.join(peers))"),
    "with, unnamed": (MANAGER, "with everyone(room):\n    connection.send('in')"),
    "with, two": (
        MANAGER,
        "with everyone(room) as peers, nullcontext() as other:\n    connection.send(' '.join(peers))",
    ),
    "async with": (
        ASYNC_MANAGER,
        "async with everyone(room) as peers:\n    connection.send(' '.join(peers))",
    ),
    "entered": (
        MANAGER,
        "with ExitStack() as stack:\n"
        "    peers = stack.enter_context(everyone(room))\n"
        "    connection.send(' '.join(peers))",
    ),
    "entered asynchronously": (
        ASYNC_MANAGER,
        "async with AsyncExitStack() as stack:\n"
        "    peers = await stack.enter_async_context(everyone(room))\n"
        "    connection.send(' '.join(peers))",
    ),
    "a class's": (CLASS, "with everyone(room) as peers:\n    connection.send(' '.join(peers))"),
    "a class's, entered": (
        CLASS,
        "with ExitStack() as stack:\n    connection.send(' '.join(stack.enter_context(everyone(room))))",
    ),
}
# In these it may show that the mapping is live.
READ_LATER = {
    "closed meanwhile": (
        RETURNING,
        "peers = everyone(room)\nconnection.close()\nroom.broadcast(str(len(peers)))",
    ),
    "kept": ("KEPT = []\n" + RETURNING, "KEPT.append(everyone(room))\nconnection.send(str(len(KEPT[0])))"),
    "a finally that closes": (
        "def everyone(room):\n"
        "    try:\n"
        "        return room.connections\n"
        "    finally:\n"
        "        [peer.close() for peer in list(room.connections.values())[1:]]\n",
        "connection.send(str(len(everyone(room))))",
    ),
    "a with around the return": (
        "def everyone(room):\n    with nullcontext():\n        return room.connections\n",
        "connection.send(str(len(everyone(room))))",
    ),
    "a generator's": (
        "def everyone(room):\n    yield room.connections\n",
        "for peers in everyone(room):\n    connection.send(str(len(peers)))",
    ),
    "awaited later": (
        ASYNC_RETURNING,
        "later = everyone(room)\nconnection.close()\nroom.broadcast(str(len(await later)))",
    ),
    "called through a list": (
        RETURNING + "ALL = [everyone]\n",
        "connection.send(str(len(ALL[0](room))))",
    ),
    "never called": (RETURNING, "connection.send(everyone.__name__)"),
    "closed within": (
        MANAGER,
        "with everyone(room) as peers:\n    connection.close()\n    room.broadcast(str(len(peers)))",
    ),
    "another decorator around": (
        "import functools\n\n\n"
        "def plain(function):\n    return functools.wraps(function)(lambda room: function(room))\n\n\n"
        f"@plain\n{MANAGER}",
        "with everyone(room) as peers:\n    connection.send(' '.join(peers))",
    ),
    "two that wait": (
        ASYNC_MANAGER,
        "async with everyone(room) as peers, everyone(room) as others:\n"
        "    connection.send(str(len(peers) + len(others)))",
    ),
    "a class's, by hand": (CLASS, "connection.send(' '.join(everyone(room).__enter__()))"),
}


def module(function: str, body: str) -> str:
    word = "async def" if "await" in body or "async" in body else "def"
    handler = f"{word} on_message(message, connection, room):\n{textwrap.indent(body, '    ')}\n"
    parts = [function.strip("\n") + "\n"] if function else []
    return "\n\n".join([IMPORTS, *parts, handler, 'default = {"onMessage": on_message}\n'])


def agree(before: str, after: str) -> bool:
    old, new = (transcript_of(party_of(code, "default"), TRAFFIC) for code in (before, after))
    return new == old


@pytest.mark.parametrize(("function", "body"), READ_AT_ONCE.values(), ids=READ_AT_ONCE.keys())
def test_what_is_read_at_once_is_a_snapshot(function: str, body: str) -> None:
    before = module(function, body)
    result = migrated(before)
    assert result.outcome == "rewritten"
    assert "legacy_room" not in result.code
    assert agree(before, result.code)


@pytest.mark.parametrize(("function", "body"), READ_LATER.values(), ids=READ_LATER.keys())
def test_what_may_be_read_later_stays_live(function: str, body: str) -> None:
    before = module(function, body)
    result = migrated(before)
    assert result.outcome == "residue"
    assert "legacy_room" in result.code
    assert agree(before, result.code)

"""Lookups of connections that a test has just found: `if id in room.connections`."""

# ruff: noqa: E501 - the lines of a migrated module are as long as they become

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
        Send("a", "a"),
        Send("a", "b"),
        Send("b", "zz"),
        Send("b", "a"),
        Close("a", 1_000),
        Send("b", "a"),
        Send("b", "b"),
    ),
)


def test_an_id_that_has_just_been_found() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            if message in room.connections:
                room.connections[message].socket.send("for you")
            if connection.id in room.connections:
                me = room.connections[connection.id]
                me.socket.send("me")
            room.connections["a"].socket.send("a") if "a" in room.connections else None
            if "a" in room.connections:
                connection.send("a is here")
                room.connections["a"].socket.send("later")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                if (found := self.room.get_connection(message)) is not None:
                    found.send("for you")
                if (me := self.room.get_connection(connection.id)) is not None:
                    me.send("me")
                found.send("a") if (
                    found := self.room.get_connection("a")
                ) is not None else None
                if self.room.get_connection("a") is not None:
                    connection.send("a is here")
                    found = self.room.get_connection("a")
                    if found is None:
                        raise KeyError("a")
                    found.send("later")


        default = Server
        """,
    )


def test_a_name_that_is_read_elsewhere_is_bound_where_it_was() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            peer = None
            if message in room.connections:
                peer = room.connections[message]
                peer.send("you")
            connection.send(str(peer is None))
            if message == "twice" and "a" in room.connections:
                room.connections["a"].send("not tested alone")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                peer = None
                if (found := self.room.get_connection(message)) is not None:
                    peer = found
                    peer.send("you")
                connection.send(str(peer is None))
                if message == "twice" and self.room.get_connection("a") is not None:
                    found = self.room.get_connection("a")
                    if found is None:
                        raise KeyError("a")
                    found.send("not tested alone")


        default = Server
        """,
    )


# What a handler does with `message`, `connection` and `room`.
BODIES = {
    "elif": """
        if message == "zz":
            connection.send("none")
        elif message in room.connections:
            room.connections[message].send("there")
        else:
            connection.send("gone")
    """,
    "nested": """
        if message in room.connections:
            room.connections[message].send("outer")
            if "b" in room.connections:
                room.connections["b"].send("inner")
                room.connections[message].send("again")
    """,
    "kept for later": """
        later = []
        for key in ["a", "zz", message]:
            if key in room.connections:
                peer = room.connections[key]
                later.append(lambda: peer.send(key))
        for function in later:
            function()
    """,
    "kept over a loop": """
        for key in ["a", "zz", message]:
            if key in room.connections:
                peer = room.connections[key]
                peer.send(key)
            else:
                connection.send("no " + key)
        try:
            connection.send(peer.id)
        except UnboundLocalError:
            connection.send("unbound")
    """,
    "deleted": """
        if message in room.connections:
            peer = room.connections[message]
            peer.send("x")
            del peer
        connection.send(str("peer" in dir()))
    """,
    "in a comprehension": """
        texts = [room.connections[key].id if key in room.connections else "-" for key in ("a", "zz", message)]
        connection.send(" ".join(texts))
    """,
    "in a lambda": """
        tell = lambda key: room.connections[key].send("told") if key in room.connections else None
        tell(message)
        tell("zz")
    """,
    "in a helper": """
        def tell(key):
            if key in room.connections:
                found = room.connections[key]
                found.send("found")
                return found.id
            return None
        connection.send(str(tell(message)) + str(tell("zz")))
    """,
    "every name taken": """
        found = found_connection = message
        if found in room.connections:
            room.connections[found].send(found_connection)
    """,
    "two on a line": """
        if message in room.connections: room.connections[message].send("x"); connection.send("y")
    """,
    "two statements on a line": """
        if message in room.connections:
            peer = room.connections[message]; peer.send("x")
            connection.send("y")
    """,
    "with a comment": """
        if message in room.connections:  # is it there?
            # the peer
            peer = room.connections[message]  # found
            peer.send("x")
    """,
    "the assignment alone": """
        if message in room.connections:
            peer = room.connections[message]
    """,
    "in parentheses": """
        if (message in room.connections):
            (room.connections[message]).send("x")
        connection.send((room.connections["a"].id) if ("a" in room.connections) else ("-"))
    """,
    "an alias": """
        peers = room.connections
        if message in peers:
            peers[message].send("alias")
        if "zz" in peers:
            peer = peers["zz"]
            peer.send("never")
    """,
    "the same key, bound again": """
        if message in room.connections:
            message = room.connections[message]
            message.send("bound")
    """,
}


@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async def"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_both_forms_behave_the_same(body: str, is_async: bool) -> None:
    word = "async def" if is_async else "def"
    handler = (
        f"{word} on_message(message, connection, room):\n{textwrap.indent(textwrap.dedent(body), '    ')}"
    )
    source = f"from partykit.server import PartyKitServer\n\n\n{handler}\n\ndefault = {{'onMessage': on_message}}\n"
    result = migrated(source)
    assert result.outcome in ("rewritten", "residue")
    old, new = (transcript_of(party_of(code, "default"), TRAFFIC) for code in (source, result.code))
    assert new == old

"""Objects of the platform that go to code that was not given."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import check_transformed, migrated_files


def test_handed_to_other_code() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import starlette.concurrency
        import httpx


        def on_message(message, connection, room):
            try:
                httpx.nothing(room, connection)
            except AttributeError:
                connection.send("no")
            httpx.stash = connection
            httpx.stash.socket.send("stash")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room

        import starlette.concurrency
        import httpx


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                try:
                    httpx.nothing(legacy_room(self.room), legacy_connection(connection))
                except AttributeError:
                    connection.send("no")
                httpx.stash = legacy_connection(connection)
                legacy_connection(httpx.stash).socket.send("stash")


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK201", "PK201", "PK205"),
    )


def test_names_by_text() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            name = "connections"
            connection.send(str(len(getattr(room, name))))
            connection.send(getattr(room, "id"))
            connection.send(str(len(getattr(room, "connections"))))
            getattr(connection, "socket").send("x")
            setattr(room, "x", 1)
            connection.send(str(hasattr(room, "connections")))
            connection.send(str(hasattr(room, "x")))
            connection.send(str(room.x))
            connection.send(str(hasattr(connection, "setState")))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                name = "connections"
                connection.send(str(len(self.room.get_connections())))
                connection.send(getattr(self.room, "id"))
                connection.send(str(len(self.room.get_connections())))
                connection.send("x")
                setattr(self.room, "x", 1)
                connection.send(str(hasattr(self.room, "get_connections")))
                connection.send(str(hasattr(self.room, "x")))
                connection.send(str(self.room.x))
                connection.send(str(hasattr(connection, "set_state")))


        default = Server
        """,
    )


def test_attrgetter() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import operator


        def on_message(message, connection, room):
            connection.send(str(len(operator.attrgetter("connections")(room))))
            ids = list(map(operator.attrgetter("id"), room.connections.values()))
            connection.send(str(ids))
            connection.send(str(operator.methodcaller("getConnections")(room)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room

        import operator


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(
                    str(len(operator.attrgetter("connections")(legacy_room(self.room))))
                )
                ids = list(map(operator.attrgetter("id"), self.room.get_connections()))
                connection.send(str(ids))
                connection.send(
                    str(operator.methodcaller("getConnections")(legacy_room(self.room)))
                )


        default = Server
        """,
        outcome="residue",
        findings=("PK201", "PK201", "PK301"),
    )


def test_format_strings() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send("{room.id} {room.connections}".format(room=room))
            connection.send("{r.internalID}".format_map({"r": room})[:0])


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(
                    "{room.id} {room.connections}".format(room=legacy_room(self.room))
                )
                connection.send("{r.internal_id}".format_map({"r": self.room})[:0])


        default = Server
        """,
        outcome="residue",
        findings=("PK201",),
    )


def test_a_namedtuple() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        from collections import namedtuple, defaultdict, deque
        Pair = namedtuple("Pair", "room connection")
        WAITING = defaultdict(list)
        QUEUE = deque()


        def on_message(message, connection, room):
            p = Pair(room, connection)
            p.connection.socket.send(str(len(p.room.connections)))
            r, c = p
            c.socket.send(str(len(r.connections)))
            WAITING[room.id].append(connection)
            for w in WAITING[room.id]: w.socket.send("w")
            QUEUE.append((connection, room))
            c, r = QUEUE.popleft()
            c.socket.send(str(len(r.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        from collections import namedtuple, defaultdict, deque
        Pair = namedtuple("Pair", "room connection")
        WAITING = defaultdict(list)
        QUEUE = deque()


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                p = Pair(self.room, connection)
                p.connection.send(str(len(p.room.get_connections())))
                r, c = p
                c.send(str(len(r.get_connections())))
                WAITING[self.room.id].append(connection)
                for w in WAITING[self.room.id]: w.send("w")
                QUEUE.append((connection, self.room))
                c, r = QUEUE.popleft()
                c.send(str(len(r.get_connections())))


        default = Server
        """,
        findings=("PK301",),
    )


def test_the_name_of_a_type() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(type(room).__name__)
            connection.send(f"{type(connection)}" + str(type(room)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(type(legacy_room(self.room)).__name__)
                connection.send(
                    f"{type(legacy_connection(connection))}" + str(type(legacy_room(self.room)))
                )


        default = Server
        """,
        outcome="residue",
        findings=("PK206", "PK206", "PK206"),
    )


def test_types_that_are_compared() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitRoom, PartyKitServer


        def on_connect(connection, room):
            connection.send(str((type(room) is PartyKitRoom) + isinstance(room, type(room))))


        default: PartyKitServer = {"onConnect": on_connect}
        """,
        """
        from partyserver import PartyServer, Room


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                connection.send(
                    str((isinstance(self.room, Room)) + isinstance(self.room, type(self.room)))
                )


        default = Server
        """,
    )


HELPER = """
from partykit.server import PartyKitConnection, PartyKitRoom


def here(room: PartyKitRoom) -> list:
    return {found}


def on_connect(connection: PartyKitConnection, room: PartyKitRoom) -> None:
    connection.send(str(here(room)))


default = {{"onConnect": on_connect}}
"""
CALLED_BACK = "import functools\nimport itertools\nimport operator\nimport httpx\n"
CALLER = """
from party import here


class Room:
    connections = {}


def test_here():
    assert here(Room()) == []
"""


@pytest.mark.parametrize(
    "found",
    [
        "sorted(room.connections)",
        "sorted(room.connections.values(), key=lambda peer: peer.id)",
        "list(map(str, room.connections))",
        "[max(room.connections, default='')]",
        "min(room.connections.values(), [], key=len)",
    ],
)
def test_what_may_be_a_stand_in_is_not_taken_for_a_function_that_is_called_back(found: str) -> None:
    files = {"party.py": HELPER.format(found=found), "test_party.py": CALLER}
    result = migrated_files(files)["party.py"]
    assert str(result.outcome) == "residue"
    assert {finding.code for party in result.parties for finding in party.findings} <= {"PK208", "PK301"}


@pytest.mark.parametrize(
    "found",
    [
        "sorted(room.connections.values(), key=operator.attrgetter('socket.id'))",
        "list(map(operator.attrgetter(httpx.name), room.connections.values()))",
        "list(map(httpx.key, room.connections.values()))",
        "functools.reduce(httpx.key, room.connections.values())",
        "dict(itertools.groupby(room.connections.values(), httpx.key))",
        "list(itertools.starmap(httpx.key, room.connections.items()))",
        "max(room.connections.values(), key=httpx.key, default=None)",
    ],
)
def test_a_function_of_others_is_called_back_with_connections_of_the_old_mapping(found: str) -> None:
    source = f"{CALLED_BACK}{HELPER.format(found=found)}"
    result = migrated_files({"party.py": source})["party.py"]
    codes = {finding.code for party in result.parties for finding in party.findings}
    assert (str(result.outcome), codes - {"PK301"}) == ("residue", {"PK202"})
    assert "legacy_room(" in result.data.decode()


def test_a_function_of_others_that_gets_a_list_of_connections_keeps_the_party_wrapped() -> None:
    found = "sorted(room.getConnections(), key=operator.attrgetter('socket.id'))"
    result = migrated_files({"party.py": f"{CALLED_BACK}{HELPER.format(found=found)}"})["party.py"]
    assert str(result.outcome) == "wrapped"


@pytest.mark.parametrize(
    "found",
    [
        "sorted(room.connections.values(), key=httpx.key)",
        "list(map(httpx.key, room.connections.values()))",
        "list(map(*httpx.both, room.connections.values()))",
        "functools.reduce(httpx.key, room.connections.values())",
        "dict(itertools.groupby(room.connections.values(), httpx.key))",
        "max(room.connections.values(), **httpx.options)",
        "sorted(room.connections.values(), key=operator.attrgetter('socket.id'))",
        "list(map(operator.attrgetter(httpx.name), room.connections.values()))",
    ],
)
def test_a_function_of_others_that_is_called_back_gets_the_old_objects(found: str) -> None:
    source = (
        f"import functools\nimport itertools\nimport operator\nimport httpx\n{HELPER.format(found=found)}"
    )
    result = migrated_files({"party.py": source})["party.py"]
    assert str(result.outcome) in ("residue", "wrapped")
    assert "legacy_" in result.data.decode()

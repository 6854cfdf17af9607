"""Values in containers."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_globals() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        ROOMS = {}
        LIST = []


        def on_connect(connection, room):
            ROOMS[room.id] = room
            LIST.append(connection)


        def on_message(message, connection, room):
            connection.send(str(len(ROOMS["room"].connections)))
            for r in ROOMS.values():
                connection.send(str(len(r.connections)))
            for c in LIST:
                c.socket.send("list")


        default: PartyKitServer = {"onConnect": on_connect, "onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        ROOMS = {}
        LIST = []


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_connect(self, connection, ctx):
                ROOMS[self.room.id] = self.room
                LIST.append(connection)

            def on_message(self, message, connection):
                connection.send(str(len(ROOMS["room"].get_connections())))
                for r in ROOMS.values():
                    connection.send(str(len(r.get_connections())))
                for c in LIST:
                    c.send("list")


        default = Server
        """,
        findings=("PK301",),
    )


def test_groups() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def group(room):
            out = {}
            for c in room.connections.values():
                out.setdefault(len(c.id), []).append(c)
            return out


        def on_message(message, connection, room):
            for size, peers in group(room).items():
                for p in peers: p.socket.send(str(size))
            groups = group(room)
            for k in groups:
                groups[k][0].socket.send("g")
            biggest = max(groups.values(), key=len)
            biggest[0].socket.send("big")
            pairs = [(c.id, c) for c in room.connections.values()]
            pairs.sort(key=lambda p: p[0])
            for i, c in pairs: c.socket.send(i)
            by_id = dict(pairs)
            by_id["b"].socket.send("b") if "b" in by_id else None
            first = pairs[0]
            first[1].socket.send("first")
            a, b, *c = [*room.connections.values(), connection, connection]
            a.socket.send("a")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection


        def group(room):
            out = {}
            for c in room.get_connections():
                out.setdefault(len(c.id), []).append(c)
            return out


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                for size, peers in group(self.room).items():
                    for p in peers: p.send(str(size))
                groups = group(self.room)
                for k in groups:
                    groups[k][0].send("g")
                biggest = max(groups.values(), key=len)
                biggest[0].send("big")
                pairs = [(c.id, c) for c in self.room.get_connections()]
                pairs.sort(key=lambda p: p[0])
                for i, c in pairs: legacy_connection(c).socket.send(i)
                by_id = dict(pairs)
                by_id["b"].send("b") if "b" in by_id else None
                first = pairs[0]
                first[1].send("first")
                a, b, *c = [*self.room.get_connections(), connection, connection]
                a.send("a")


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK301"),
    )


def test_records() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        from dataclasses import dataclass, field
        from typing import NamedTuple, Any


        @dataclass
        class Ctx:
            room: Any
            connection: Any = None


        class Pair(NamedTuple):
            room: Any
            connection: Any


        def use(ctx):
            ctx.connection.socket.send(str(len(ctx.room.connections)))


        def on_message(message, connection, room):
            use(Ctx(room, connection))
            use(Ctx(connection=connection, room=room))
            use(Pair(room, connection))
            r, c = Pair(room, connection)
            c.socket.send(str(len(r.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        from dataclasses import dataclass, field
        from typing import NamedTuple, Any


        @dataclass
        class Ctx:
            room: Any
            connection: Any = None


        class Pair(NamedTuple):
            room: Any
            connection: Any


        def use(ctx):
            ctx.connection.send(str(len(ctx.room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                use(Ctx(self.room, connection))
                use(Ctx(connection=connection, room=self.room))
                use(Pair(self.room, connection))
                r, c = Pair(self.room, connection)
                c.send(str(len(r.get_connections())))


        default = Server
        """,
        findings=("PK301",),
    )


def test_closures_that_are_kept() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        TASKS = []


        def on_connect(connection, room):
            TASKS.append(lambda: len(room.connections))
            connection.room = room


        def on_message(message, connection, room):
            connection.send(str([t() for t in TASKS]))
            connection.send(str(len(connection.room.connections)))


        default: PartyKitServer = {"onConnect": on_connect, "onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        TASKS = []


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_connect(self, connection, ctx):
                TASKS.append(lambda: len(self.room.get_connections()))
                connection.room = self.room

            def on_message(self, message, connection):
                connection.send(str([t() for t in TASKS]))
                connection.send(str(len(connection.room.get_connections())))


        default = Server
        """,
        findings=("PK301",),
    )

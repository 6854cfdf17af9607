"""The room is replaced where it is the room."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_shadowed() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            def inner(room):
                return room + 1
            f = lambda room: room * 2
            connection.send(str(inner(1) + f(2)))
            connection.send(str([room for room in range(3)]))
            connection.send(room.id)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                def inner(room):
                    return room + 1
                f = lambda room: room * 2
                connection.send(str(inner(1) + f(2)))
                connection.send(str([room for room in range(3)]))
                connection.send(self.room.id)


        default = Server
        """,
    )


def test_closures() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            def inner(connection=connection):
                connection.send(room.id)
                return len(room.connections)
            connection.send(str(inner()))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                def inner(connection=connection):
                    connection.send(self.room.id)
                    return len(self.room.get_connections())
                connection.send(str(inner()))


        default = Server
        """,
        findings=("PK301",),
    )


def test_defaults_of_inner_functions() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            def inner(r=room):
                return len(r.connections)
            connection.send(str(inner()))
            connection.send(str((lambda r=room: r.id)()))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                def inner(r=self.room):
                    return len(r.get_connections())
                connection.send(str(inner()))
                connection.send(str((lambda r=self.room: r.id)()))


        default = Server
        """,
        findings=("PK301",),
    )


def test_rebinding() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(room.id)
            room = room.id
            connection.send(room)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room
                connection.send(room.id)
                room = room.id
                connection.send(room)


        default = Server
        """,
    )


def test_rebinding_with_an_alias() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            r = room
            room = "x"
            connection.send(room + r.id + str(len(r.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room
                r = room
                room = "x"
                connection.send(room + r.id + str(len(legacy_room(r).connections)))


        default = Server
        """,
        outcome="residue",
        findings=("PK208",),
    )


def test_del_() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(room.id)
            del room


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room
                connection.send(room.id)
                del room


        default = Server
        """,
    )


def test_global_() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        room = None


        def on_message(message, connection, r):
            global room
            room = r
            helper(connection)


        def helper(connection):
            connection.send(room.id + str(len(room.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        room = None


        def helper(connection):
            connection.send(room.id + str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                global room
                room = self.room
                helper(connection)


        default = Server
        """,
        findings=("PK301",),
    )


def test_nonlocal_() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            def inner():
                nonlocal room
                room = room.id
            inner()
            connection.send(room)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room

                def inner():
                    nonlocal room
                    room = room.id
                inner()
                connection.send(room)


        default = Server
        """,
    )


def test_a_global_of_the_same_name() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        room = "global room"


        def on_message(message, connection, room):
            connection.send(other() + room.id)


        def other():
            return room


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        room = "global room"


        def other():
            return room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(other() + self.room.id)


        default = Server
        """,
    )


def test_a_capture() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            match message:
                case "one":
                    connection.send("1")
                case room:
                    connection.send(room)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room
                match message:
                    case "one":
                        connection.send("1")
                    case room:
                        connection.send(room)


        default = Server
        """,
    )


def test_a_walrus() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            if (room := room.connections.get("a")):
                room.socket.send("x")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room
                if (room := legacy_room(room).connections.get("a")):
                    legacy_connection(room).socket.send("x")


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208"),
    )


def test_an_except() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            try:
                room.connections["nope"].send("x")
            except KeyError as room:
                connection.send("k" + str(room))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room
                try:
                    legacy_room(room).connections["nope"].send("x")
                except KeyError as room:
                    connection.send("k" + str(room))


        default = Server
        """,
        outcome="residue",
        findings=("PK208",),
    )


def test_an_import() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            rid = room.id
            import json as room
            connection.send(room.dumps(rid))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room
                rid = room.id
                import json as room
                connection.send(room.dumps(rid))


        default = Server
        """,
    )


def test_a_loop() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            for room in [1, 2]:
                connection.send(str(room))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room
                for room in [1, 2]:
                    connection.send(str(room))


        default = Server
        """,
    )


def test_a_walrus_in_a_comprehension() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            x = [room := i for i in range(2)]
            connection.send(str(room))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room
                x = [room := i for i in range(2)]
                connection.send(str(room))


        default = Server
        """,
    )


def test_classes_inside() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            r = room
            class Thing:
                peers = list(r.connections)
                def __init__(self, room):
                    self.room = room
                @property
                def size(self):
                    return len(self.room.connections)
            connection.send(str(Thing(room).size))
            connection.send(str(Thing.peers))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def on_message(message, connection, room):
            r = room
            class Thing:
                peers = [peer.id for peer in r.get_connections()]
                def __init__(self, room):
                    self.room = room
                @property
                def size(self):
                    return len(self.room.get_connections())
            connection.send(str(Thing(room).size))
            connection.send(str(Thing.peers))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_names_of_the_module() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitRoom, PartyKitServer


        class Room:
            pass


        class Server:
            name = "mine"


        PartyServer = 5
        ServerOptions = 6


        def on_message(message, connection, room: PartyKitRoom):
            connection.send(Server.name)
            connection.send(str(PartyServer))
            connection.send(str(isinstance(room, Room)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import (
            PartyServer as PartyServerBase,
            ServerOptions as PartyServerOptions,
        )


        class Room:
            pass


        class Server:
            name = "mine"


        PartyServer = 5
        ServerOptions = 6


        class ServerServer(PartyServerBase):
            options = PartyServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(Server.name)
                connection.send(str(PartyServer))
                connection.send(str(isinstance(self.room, Room)))


        default = ServerServer
        """,
    )


def test_names_of_functions() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitRoom, PartyKitServer


        def on_message(message, connection, room: PartyKitRoom):
            Room = 1
            Server = 2
            connection.send(str(Room + Server))


        def helper(room: PartyKitRoom): return room.id
        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, Room as PartyRoom, ServerOptions


        def helper(room: PartyRoom): return room.id


        class ServerServer(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                Room = 1
                Server = 2
                connection.send(str(Room + Server))


        default = ServerServer
        """,
    )

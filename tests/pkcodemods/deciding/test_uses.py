"""Old names of every kind."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_states() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.setState({"n": 1})
            connection.setState(lambda s: {**(s or {}), "m": 2})
            connection.serializeAttachment({"x": [1]})
            connection.serialize_attachment(connection.deserializeAttachment())
            connection.send(str(connection.deserializeAttachment()["x"]))
            connection.send(str(connection.deserialize_attachment()))
            connection.send(str((connection.deserializeAttachment() or {}).get("x")))
            x = connection.serializeAttachment(3)
            connection.serializeAttachment(len)
            d = connection.deserializeAttachment
            connection.send(str(d() is len))
            connection.send(str(x))
            connection.send(str(connection.readyState == 1))
            for c in room.getConnections(): c.state = {"q": 1}
            if st := connection.deserializeAttachment(): connection.send(str(st))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.set_state({"n": 1})
                connection.set_state(lambda s: {**(s or {}), "m": 2})
                connection.set_state({"x": [1]})
                connection.set_state(connection.state)
                connection.send(str(connection.state["x"]))
                connection.send(str(connection.state))
                connection.send(str((connection.state or {}).get("x")))
                x = legacy_connection(connection).serializeAttachment(3)
                legacy_connection(connection).serializeAttachment(len)
                d = legacy_connection(connection).deserializeAttachment
                connection.send(str(d() is len))
                connection.send(str(x))
                connection.send(str(connection.ready_state == 1))
                for c in self.room.get_connections(): c.state = {"q": 1}
                if st := connection.state: connection.send(str(st))


        default = Server
        """,
        outcome="residue",
        findings=("PK206", "PK206", "PK206"),
    )


def test_chains() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.socket.socket.send("deep")
            s = connection.socket
            s.send(str(s is connection) + str(s.id))
            s.close(4001, "bye")
            room.getConnection("a") and room.getConnection("a").socket.send("q")
            ids = [c.socket.id for c in room.getConnections()]
            send = connection.socket.send
            send(str(ids))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send("deep")
                s = connection
                s.send(str(s is connection) + str(s.id))
                s.close(4001, "bye")
                self.room.get_connection("a") and self.room.get_connection("a").send("q")
                ids = [c.id for c in self.room.get_connections()]
                send = connection.send
                send(str(ids))


        default = Server
        """,
    )


def test_stores_fail_as_before() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            room.tmp = room
            del room.tmp
            try:
                del connection.socket
            except AttributeError: connection.send("attr")
            try:
                room.connections = {}
            except AttributeError: connection.send("attr2")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                self.room.tmp = self.room
                del self.room.tmp
                try:
                    del legacy_connection(connection).socket
                except AttributeError: connection.send("attr")
                try:
                    legacy_room(self.room).connections = {}
                except AttributeError: connection.send("attr2")


        default = Server
        """,
        outcome="residue",
        findings=("PK206", "PK206", "PK301"),
    )


def test_own_attributes() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.connections = [1, 2]
            room.socket = "sock"
            connection.send(str(len(connection.connections)))
            connection.send(room.socket)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.connections = [1, 2]
                self.room.socket = "sock"
                connection.send(str(len(connection.connections)))
                connection.send(self.room.socket)


        default = Server
        """,
    )


def test_what_may_be_something_else() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitRoom, PartyKitServer


        def tell(x):
            if isinstance(x, PartyKitRoom):
                return len(x.connections)
            return x.socket.id


        def on_message(message, connection, room):
            connection.send(f"{tell(room)} {tell(connection)}")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, Room, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def tell(x):
            if isinstance(x, Room):
                return len(legacy_room(x).connections)
            return legacy_connection(x).socket.id


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(f"{tell(self.room)} {tell(connection)}")


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208"),
    )


def test_a_helper_that_nothing_calls() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def unused(room, connection):
            connection.socket.send(str(len(room.connections)))


        def on_message(message, connection, room):
            connection.send("x")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def unused(room, connection):
            legacy_connection(connection).socket.send(str(len(legacy_room(room).connections)))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send("x")


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208"),
    )


def test_an_annotated_helper() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer


        def unused(room: PartyKitRoom, connection: "PartyKitConnection"):
            connection.socket.send(str(len(room.connections)))


        def on_message(message, connection, room):
            connection.send("x")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import Connection, PartyServer, Room, ServerOptions


        def unused(room: Room, connection: "Connection"):
            connection.send(str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send("x")


        default = Server
        """,
        findings=("PK301",),
    )


def test_tags() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            for c in room.getConnections(connection.id): c.socket.send("tagged")
            for c in room.getConnections(tag=connection.id): c.socket.send("tagged2")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                for c in self.room.get_connections(connection.id): c.send("tagged")
                for c in self.room.get_connections(tag=connection.id): c.send("tagged2")


        default = Server
        """,
    )


def test_comments_in_chains() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            (
                connection  # who
                .socket  # how
                .send("x")  # what
            )
            n = (room
                 .connections
                 .get("a"))
            n.send("n") if n else None


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                # who
                (
                    connection  # how
                    .send("x")  # what
                )
                n = (self.room.get_connection("a"))
                n.send("n") if n else None


        default = Server
        """,
    )


def test_other_objects() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import socket
        import ssl


        class Pool:
            def __init__(self):
                self.connections = []
                self.socket = None
            def add(self, c):
                self.connections.append(c)
                return len(self.connections)


        POOL = Pool()


        def outside(server):
            return server.connections


        def on_message(message, connection, room):
            connection.send(str(POOL.add(1)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room

        import socket
        import ssl


        class Pool:
            def __init__(self):
                self.connections = []
                self.socket = None
            def add(self, c):
                self.connections.append(c)
                return len(self.connections)


        POOL = Pool()


        def outside(server):
            return legacy_room(server).connections


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(str(POOL.add(1)))


        default = Server
        """,
        outcome="residue",
        findings=("PK208",),
    )


def test_patterns() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitConnection, PartyKitServer


        def on_message(message, connection, room):
            match room.connections.get("b"):
                case None:
                    connection.send("none")
                case peer:
                    peer.socket.send("peer")
            match connection:
                case PartyKitConnection(id="a") as c:
                    c.socket.send("is a")
                case PartyKitConnection(socket=s):
                    s.send("other")
            match len(room.connections), message:
                case (1, _): connection.send("alone")
                case (n, "one" | "two" as m): connection.send(f"{n}{m}")
                case _: pass


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partykit.server import PartyKitConnection
        from pkcompat import legacy_to_class


        def on_message(message, connection, room):
            match room.connections.get("b"):
                case None:
                    connection.send("none")
                case peer:
                    peer.socket.send("peer")
            match connection:
                case PartyKitConnection(id="a") as c:
                    c.socket.send("is a")
                case PartyKitConnection(socket=s):
                    s.send("other")
            match len(room.connections), message:
                case (1, _): connection.send("alone")
                case (n, "one" | "two" as m): connection.send(f"{n}{m}")
                case _: pass


        default = legacy_to_class({"onMessage": on_message})
        """,
        outcome="wrapped",
        findings=("PK112",),
    )

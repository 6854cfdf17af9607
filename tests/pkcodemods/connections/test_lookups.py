"""`peer = room.connections[id]`, which raises `KeyError` where there is none."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_a_lookup_keeps_its_error() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            room.connections["a"].socket.send("a")
            p = room.connections[connection.id]
            p.send("p")
            q = room.connections[str(connection.id)]
            q.send("q")
            return room.connections["a"]


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def _connection_of(room, connection_id):
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                found = self.room.get_connection("a")
                if found is None:
                    raise KeyError("a")
                found.send("a")
                p = self.room.get_connection(connection.id)
                if p is None:
                    raise KeyError(connection.id)
                p.send("p")
                q = _connection_of(self.room, str(connection.id))
                q.send("q")
                return _connection_of(self.room, "a")


        default = Server
        """,
    )


def test_stores_into_the_mapping_fail_as_before() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            try:
                p = room.connections["zz"]
                p.send("p")
            except KeyError as e:
                connection.send(str(e.args))
            try:
                room.connections[message + "x"].send("p")
            except KeyError as e:
                connection.send(str(e.args))
            try:
                room.connections["zz"] = 3
            except TypeError as e:
                connection.send("type")
            try:
                del room.connections["zz"]
            except TypeError as e:
                connection.send("type")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        def _connection_of(room, connection_id):
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                try:
                    p = self.room.get_connection("zz")
                    if p is None:
                        raise KeyError("zz")
                    p.send("p")
                except KeyError as e:
                    connection.send(str(e.args))
                try:
                    _connection_of(self.room, message + "x").send("p")
                except KeyError as e:
                    connection.send(str(e.args))
                try:
                    legacy_room(self.room).connections["zz"] = 3
                except TypeError as e:
                    connection.send("type")
                try:
                    del legacy_room(self.room).connections["zz"]
                except TypeError as e:
                    connection.send("type")


        default = Server
        """,
        outcome="residue",
        findings=("PK202", "PK202"),
    )


def test_a_failed_lookup_binds_no_name() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            p = None
            try:
                p = room.connections["zz"]
            except KeyError:
                connection.send(str(p))
            p = connection
            try:
                p = room.connections["zz"]
            except KeyError:
                connection.send(str(p is connection))
            global G
            try:
                G = room.connections["a" if 0 else "zz"]
                G = room.connections["zz"]
            except KeyError:
                connection.send(str(G))


        G = 1
        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        G = 1


        def _connection_of(room, connection_id):
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                p = None
                try:
                    p = _connection_of(self.room, "zz")
                except KeyError:
                    connection.send(str(p))
                p = connection
                try:
                    p = _connection_of(self.room, "zz")
                except KeyError:
                    connection.send(str(p is connection))
                global G
                try:
                    G = _connection_of(self.room, "a" if 0 else "zz")
                    G = _connection_of(self.room, "zz")
                except KeyError:
                    connection.send(str(G))


        default = Server
        """,
    )


def test_a_key_that_is_awaited() -> None:
    check_transformed(
        """
        import asyncio
        from partykit.server import PartyKitServer


        async def on_message(message, connection, room):
            p = room.connections[await key()]
            await asyncio.sleep(0.1)
            p.send("p")


        async def key():
            return "a"


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        import asyncio
        from partyserver import PartyServer, ServerOptions


        async def key():
            return "a"


        def _connection_of(room, connection_id):
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                p = _connection_of(self.room, await key())
                await asyncio.sleep(0.1)
                p.send("p")


        default = Server
        """,
    )


def test_a_keyerror_of_the_module() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        KeyError = ValueError


        def on_message(message, connection, room):
            try:
                p = room.connections["zz"]
            except LookupError as e:
                connection.send(repr(e))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        KeyError = ValueError


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                try:
                    p = {peer.id: peer for peer in self.room.get_connections()}["zz"]
                except LookupError as e:
                    connection.send(repr(e))


        default = Server
        """,
    )


def test_several_statements_on_a_line() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            if message == "one": p = room.connections["a"]; p.send("p")
            else: connection.send("else")
            for c in room.connections.values(): c.send("x"); c.socket.send("y")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def _connection_of(room, connection_id):
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                if message == "one": p = _connection_of(self.room, "a"); p.send("p")
                else: connection.send("else")
                for c in self.room.get_connections(): c.send("x"); c.send("y")


        default = Server
        """,
        findings=("PK301",),
    )


def test_names_for_what_is_found() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        async def on_message(message, connection, room):
            found = message
            # to a
            await room.connections["a"].socket.send(found)  # now
            for peer in room.connections.values():
                room.connections[peer.id].socket.send("b"); print(peer)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def _connection_of(room, connection_id):
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                found = message
                # to a
                found_connection = self.room.get_connection("a")
                if found_connection is None:
                    raise KeyError("a")
                await found_connection.send(found)  # now
                for peer in self.room.get_connections():
                    _connection_of(self.room, peer.id).send("b"); print(peer)


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_lookup_in_an_expression_of_typed_code() -> None:
    check_transformed(
        """
        from __future__ import annotations

        from typing import TYPE_CHECKING

        from partykit.server import PartyKitServer

        if TYPE_CHECKING:
            from partykit.server import PartyKitConnection, PartyKitRoom


        def uri_of(room: PartyKitRoom, id: str) -> str:
            return room.connections[id].uri


        async def on_message(message: str, connection: PartyKitConnection, room: PartyKitRoom) -> None:
            connection.send(uri_of(room, message))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from __future__ import annotations

        from partyserver import Connection, PartyServer, Room, ServerOptions


        def _connection_of(room: Room, connection_id: str) -> Connection:
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        def uri_of(room: Room, id: str) -> str:
            return _connection_of(room, id).uri


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message: str, connection: Connection) -> None:
                connection.send(uri_of(self.room, message))


        default = Server
        """,
    )


def test_a_name_of_the_lookup_that_is_taken() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        _connection_of = {}


        def on_message(message, connection, room):
            print(room.connections[message].id, room.connections[message, 1])


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        _connection_of = {}


        def _find_connection(room, connection_id):
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                print(
                    _find_connection(self.room, message).id,
                    {peer.id: peer for peer in self.room.get_connections()}[message, 1],
                )


        default = Server
        """,
    )

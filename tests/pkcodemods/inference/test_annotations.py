"""What annotations say of parameters that several kinds seem to reach."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_a_decorator_that_several_handlers_share() -> None:
    check_transformed(
        """
        import functools

        from partykit.server import PartyKitConnection, PartyKitRoom


        def logged(name):
            def decorate(function):
                @functools.wraps(function)
                async def wrapper(*args):
                    print(name)
                    return await function(*args)

                return wrapper

            return decorate


        @logged("connect")
        async def connect(connection: PartyKitConnection, room: PartyKitRoom):
            connection.socket.send(str(len(room.connections)))


        @logged("message")
        async def message(text, connection: PartyKitConnection, room: PartyKitRoom):
            room.broadcast(text)


        default = {"onConnect": connect, "onMessage": message}
        """,
        """
        import functools

        from partyserver import Connection, ConnectionContext, PartyServer, Room, ServerOptions


        def logged(name):
            def decorate(function):
                @functools.wraps(function)
                async def wrapper(*args):
                    print(name)
                    return await function(*args)

                return wrapper

            return decorate


        @logged("connect")
        async def connect(connection: Connection, room: Room):
            connection.send(str(len(room.get_connections())))


        @logged("message")
        async def message(text, connection: Connection, room: Room):
            room.broadcast(text)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_connect(self, connection: Connection, ctx: ConnectionContext):
                await connect(connection, self.room)

            async def on_message(self, text, connection: Connection):
                await message(text, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_objects_of_the_modules_own_still_count() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitRoom, PartyKitServer


        class FakeRoom:
            connections = {}


        def count(room: PartyKitRoom):
            return len(room.connections)


        def on_connect(connection, room):
            connection.send(str(count(room)))


        default: PartyKitServer = {"onConnect": on_connect}
        print(count(FakeRoom()))
        """,
        """
        from partyserver import PartyServer, Room
        from pkcompat import legacy_room


        class FakeRoom:
            connections = {}


        def count(room: Room):
            return len(legacy_room(room).connections)


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                connection.send(str(count(self.room)))


        default = Server
        print(count(FakeRoom()))
        """,
        outcome="residue",
        findings=("PK208",),
    )


def test_an_annotation_that_is_wrong() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitLobby, PartyKitServer


        def count(room: PartyKitLobby):
            return len(room.connections)


        def on_connect(connection, room):
            connection.send(str(count(room)))


        default: PartyKitServer = {"onConnect": on_connect}
        """,
        """
        from partyserver import Lobby, PartyServer
        from pkcompat import legacy_room


        def count(room: Lobby):
            return len(legacy_room(room).connections)


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                connection.send(str(count(self.room)))


        default = Server
        """,
        outcome="residue",
        findings=("PK208",),
    )

"""Values on their way through statements."""

# ruff: noqa: E501 - the lines of a migrated module are as long as they become

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_captures() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitRoom, PartyKitServer


        def on_message(message, connection, room):
            match (message, room):
                case ("one", r):
                    connection.send(str(len(r.connections)))
                case (_, PartyKitRoom() as q):
                    connection.send(str(len(q.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, Room, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                match (message, self.room):
                    case ("one", r):
                        connection.send(str(len(r.get_connections())))
                    case (_, Room() as q):
                        connection.send(str(len(q.get_connections())))


        default = Server
        """,
        findings=("PK301",),
    )


def test_captures_of_mappings() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            match {"c": connection}:
                case {"c": c}:
                    c.socket.send("x")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                match {"c": connection}:
                    case {"c": c}:
                        c.send("x")


        default = Server
        """,
    )


def test_contexts() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import contextlib


        @contextlib.contextmanager
        def locked(room):
            yield room


        @contextlib.asynccontextmanager
        async def alocked(room):
            yield room, 1


        async def on_message(message, connection, room):
            with locked(room) as r:
                connection.send(str(len(r.connections)))
            async with alocked(room) as (r, n):
                connection.send(str(len(r.connections) + n))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        import contextlib


        @contextlib.contextmanager
        def locked(room):
            yield room


        @contextlib.asynccontextmanager
        async def alocked(room):
            yield room, 1


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                with locked(self.room) as r:
                    connection.send(str(len(r.get_connections())))
                async with alocked(self.room) as (r, n):
                    connection.send(str(len(r.get_connections()) + n))


        default = Server
        """,
        findings=("PK301",),
    )


def test_async_generators() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        async def agen(room):
            for c in list(room.connections.values()):
                yield c


        async def on_message(message, connection, room):
            ids = [c.socket.id async for c in agen(room)]
            connection.send(str(ids))
            async for c in agen(room):
                c.socket.send("agen")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        async def agen(room):
            for c in room.get_connections():
                yield c


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                ids = [c.id async for c in agen(self.room)]
                connection.send(str(ids))
                async for c in agen(self.room):
                    c.send("agen")


        default = Server
        """,
        findings=("PK301",),
    )


def test_returned_and_yielded() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def pick(room, x):
            return room if x else None


        def gen(room):
            yield room
            yield from room.connections.values()


        def on_message(message, connection, room):
            r = pick(room, 1)
            connection.send(str(len(r.connections)))
            r2, *rest = gen(room)
            connection.send(str(len(r2.connections)))
            connection.send(str([c.id for c in rest]))
            rest[0].socket.send("first")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def pick(room, x):
            return room if x else None


        def gen(room):
            yield room
            yield from room.get_connections()


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                r = pick(self.room, 1)
                connection.send(str(len(r.get_connections())))
                r2, *rest = gen(self.room)
                connection.send(str(len(legacy_room(r2).connections)))
                connection.send(str([c.id for c in rest]))
                legacy_connection(rest[0]).socket.send("first")


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208", "PK301"),
    )


def test_unpacked() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            a = b = room
            c = a
            (d, (e, f)) = (c, (connection, room))
            [g, *h] = [room, connection]
            e.socket.send(str(len(d.connections)) + str(len(f.connections)) + str(len(b.connections)))
            connection.send(str(len(g.connections)))
            for x in h:
                x.socket.send("h")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                a = b = self.room
                c = a
                (d, (e, f)) = (c, (connection, self.room))
                [g, *h] = [self.room, connection]
                e.send(str(len(d.get_connections())) + str(len(f.get_connections())) + str(len(b.get_connections())))
                connection.send(str(len(legacy_room(g).connections)))
                for x in h:
                    legacy_connection(x).socket.send("h")


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208", "PK301"),
    )


def test_walrus() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            if (r := room) and (n := len(r.connections)):
                connection.send(str(n))
            if any((found := peer).id == "a" for peer in room.connections.values()):
                found.socket.send("f")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                if (r := self.room) and (n := len(r.get_connections())):
                    connection.send(str(n))
                if any((found := peer).id == "a" for peer in self.room.get_connections()):
                    found.send("f")


        default = Server
        """,
        findings=("PK301",),
    )


def test_generators() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def peers(room, me):
            for c in room.connections.values():
                if c.id != me.id:
                    yield c


        async def apeers(room):
            for k, c in room.connections.items():
                yield k, c


        async def on_message(message, connection, room):
            for p in peers(room, connection): p.socket.send("p")
            async for k, c in apeers(room): c.socket.send(k)
            first = next(peers(room, connection), None)
            if first: first.socket.send("first")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def peers(room, me):
            for c in room.get_connections():
                if c.id != me.id:
                    yield c


        async def apeers(room):
            for c in room.get_connections():
                yield c.id, c


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                for p in peers(self.room, connection): p.send("p")
                async for k, c in apeers(self.room): c.send(k)
                first = next(peers(self.room, connection), None)
                if first: first.send("first")


        default = Server
        """,
        findings=("PK301",),
    )


def test_exceptions_carry_what_they_are_raised_with() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Full(Exception):
            def __init__(self, room):
                self.room = room


        class Closed(Full):
            pass


        def on_message(message, connection, room):
            try:
                raise Closed(room)
            except (Full, KeyError) as error:
                connection.send(str(len(error.room.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Full(Exception):
            def __init__(self, room):
                self.room = room


        class Closed(Full):
            pass


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                try:
                    raise Closed(self.room)
                except (Full, KeyError) as error:
                    connection.send(str(len(legacy_room(error.room).connections)))


        default = Server
        """,
        outcome="residue",
        findings=("PK208",),
    )


def test_any_exception_may_be_one_of_the_module() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Full(Exception):
            def __init__(self, room):
                self.room = room


        def check(room):
            raise Full(room)


        def on_message(message, connection, room):
            try:
                check(room)
            except Exception as error:
                connection.send(str(len(error.room.connections)))
            try:
                raise ValueError(room)
            except ValueError as wrong:
                connection.send(str(len(wrong.args[0].connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Full(Exception):
            def __init__(self, room):
                self.room = room


        def check(room):
            raise Full(room)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                try:
                    check(self.room)
                except Exception as error:
                    connection.send(str(len(legacy_room(error.room).connections)))
                try:
                    raise ValueError(self.room)
                except ValueError as wrong:
                    connection.send(str(len(legacy_room(wrong.args[0]).connections)))


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208"),
    )


def test_groups_of_exceptions() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Full(Exception):
            def __init__(self, room):
                self.room = room


        def on_message(message, connection, room):
            try:
                raise ExceptionGroup("both", [Full(room)])
            except* Full as group:
                for error in group.exceptions:
                    connection.send(str(len(error.room.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Full(Exception):
            def __init__(self, room):
                self.room = room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                try:
                    raise ExceptionGroup("both", [Full(self.room)])
                except* Full as group:
                    for error in group.exceptions:
                        connection.send(str(len(legacy_room(error.room).connections)))


        default = Server
        """,
        outcome="residue",
        findings=("PK208",),
    )

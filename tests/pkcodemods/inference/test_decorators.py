"""Handlers and helpers under decorators."""

# ruff: noqa: E501 - the lines of a migrated module are as long as they become

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_explicit_parameters() -> None:
    check_transformed(
        """
        import functools
        from partykit.server import PartyKitServer


        def shout(f):
            @functools.wraps(f)
            def inner(message, connection, room):
                return f(message.upper() if isinstance(message, str) else message, connection, room)
            return inner


        @shout
        def on_message(message, connection, room):
            connection.send(message)
            connection.send(room.id)
            connection.send(str(len(room.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        import functools
        from partyserver import PartyServer, ServerOptions


        def shout(f):
            @functools.wraps(f)
            def inner(message, connection, room):
                return f(message.upper() if isinstance(message, str) else message, connection, room)
            return inner


        @shout
        def on_message(message, connection, room):
            connection.send(message)
            connection.send(room.id)
            connection.send(str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                return on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_wrapper_for_several_handlers() -> None:
    check_transformed(
        '''
        import functools
        from partykit.server import PartyKitServer


        def logged(f):
            @functools.wraps(f)
            async def inner(*args, **kwargs):
                return await f(*args, **kwargs)
            return inner


        @logged
        async def on_message(message, connection):
            """Doc of it."""
            connection.socket.send(message)


        @logged
        async def on_connect(connection, room):
            connection.send(str(len(room.connections)))


        default: PartyKitServer = {"onMessage": on_message, "onConnect": on_connect}
        ''',
        '''
        import functools
        from partyserver import PartyServer, ServerOptions


        def logged(f):
            @functools.wraps(f)
            async def inner(*args, **kwargs):
                return await f(*args, **kwargs)
            return inner


        @logged
        async def on_message(message, connection):
            """Doc of it."""
            connection.send(message)


        @logged
        async def on_connect(connection, room):
            connection.send(str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                await on_message(message, connection)

            async def on_connect(self, connection, ctx):
                await on_connect(connection, self.room)


        default = Server
        ''',
        findings=("PK301",),
    )


def test_without_wraps() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def logged(f):
            def inner(*args):
                return f(*args)
            return inner


        @logged
        def on_message(message, connection, room):
            connection.socket.send(message)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def logged(f):
            def inner(*args):
                return f(*args)
            return inner


        @logged
        def on_message(message, connection, room):
            connection.send(message)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                return on_message(message, connection, self.room)


        default = Server
        """,
    )


def test_a_register() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        HANDLERS = []


        def register(f):
            HANDLERS.append(f)
            return f


        @register
        def on_message(message, connection, room):
            connection.socket.send(str(len(HANDLERS)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        HANDLERS = []


        def register(f):
            HANDLERS.append(f)
            return f


        @register
        def on_message(message, connection, room):
            connection.send(str(len(HANDLERS)))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
    )


def test_a_factory() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def times(n):
            def deco(f):
                def inner(message, connection, room):
                    for _ in range(n):
                        f(message, connection, room)
                return inner
            return deco


        @times(2)
        def on_message(message, connection, room):
            connection.socket.send(message)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def times(n):
            def deco(f):
                def inner(message, connection, room):
                    for _ in range(n):
                        f(message, connection, room)
                return inner
            return deco


        @times(2)
        def on_message(message, connection, room):
            connection.send(message)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
    )


def test_helpers() -> None:
    check_transformed(
        """
        import asyncio
        from partykit.server import PartyKitServer

        import functools


        def traced(f):
            @functools.wraps(f)
            def inner(*args, **kwargs):
                return f(*args, **kwargs)
            return inner


        @traced
        def count(room): return len(room.connections)


        @traced
        def tell(connection, text): connection.socket.send(text)


        @traced
        @traced
        def both(connection, room): connection.socket.send(str(len(room.connections)))


        @traced
        async def slow(connection, room):
            await asyncio.sleep(0.01)
            connection.socket.send(str(len(room.connections)))


        async def on_message(message, connection, room):
            tell(connection, str(count(room)))
            tell(text="kw", connection=connection)
            both(connection, room)
            await slow(connection, room)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        import asyncio
        from partyserver import PartyServer, ServerOptions

        import functools


        def traced(f):
            @functools.wraps(f)
            def inner(*args, **kwargs):
                return f(*args, **kwargs)
            return inner


        @traced
        def count(room): return len(room.get_connections())


        @traced
        def tell(connection, text): connection.send(text)


        @traced
        @traced
        def both(connection, room): connection.send(str(len(room.get_connections())))


        @traced
        async def slow(connection, room):
            await asyncio.sleep(0.01)
            connection.send(str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                tell(connection, str(count(self.room)))
                tell(text="kw", connection=connection)
                both(connection, self.room)
                await slow(connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_plain_wrapper_of_a_coroutine_function() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import functools


        def guard(f):
            @functools.wraps(f)
            def inner(*args):
                if args[0] == "one":
                    return None
                return f(*args)
            return inner


        @guard
        async def on_message(message, connection, room):
            connection.socket.send("async " + message)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        import functools


        def guard(f):
            @functools.wraps(f)
            def inner(*args):
                if args[0] == "one":
                    return None
                return f(*args)
            return inner


        @guard
        async def on_message(message, connection, room):
            connection.send("async " + message)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                return on_message(message, connection, self.room)


        default = Server
        """,
    )


def test_a_wrapper_that_reads_its_arguments() -> None:
    check_transformed(
        """
        import functools
        from partykit.server import PartyKitServer


        def safe(f):
            @functools.wraps(f)
            def inner(*args, **kwargs):
                try:
                    return f(*args, **kwargs)
                except KeyError as e:
                    args[1].socket.send("oops " + str(e))
            return inner


        @safe
        def on_message(message, connection, room): room.connections["zz"].send("x")


        @safe
        def on_close(connection, room): room.connections["zz"].send("x")
        default: PartyKitServer = {"onMessage": on_message, "onClose": on_close}
        """,
        """
        import functools
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def safe(f):
            @functools.wraps(f)
            def inner(*args, **kwargs):
                try:
                    return f(*args, **kwargs)
                except KeyError as e:
                    legacy_connection(args[1]).socket.send("oops " + str(e))
            return inner


        def _connection_of(room, connection_id):
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        @safe
        def on_message(message, connection, room): _connection_of(room, "zz").send("x")


        @safe
        def on_close(connection, room): legacy_room(room).connections["zz"].send("x")


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                return on_message(message, connection, self.room)

            def on_close(self, connection):
                return on_close(connection, self.room)


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208"),
    )


def test_a_wrapper_with_parameters_of_its_own() -> None:
    check_transformed(
        """
        import asyncio
        import functools
        from partykit.server import PartyKitServer


        def shared(f):
            @functools.wraps(f)
            async def inner(first, second, *rest):
                r = f(first, second, *rest)
                if asyncio.iscoroutine(r): r = await r
                return r
            return inner


        @shared
        def on_message(message, connection, room): connection.socket.send(str(len(room.connections)))


        @shared
        async def on_connect(connection, room): connection.socket.send(str(len(room.connections)))
        default: PartyKitServer = {"onMessage": on_message, "onConnect": on_connect}
        """,
        """
        import asyncio
        import functools
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def shared(f):
            @functools.wraps(f)
            async def inner(first, second, *rest):
                r = f(first, second, *rest)
                if asyncio.iscoroutine(r): r = await r
                return r
            return inner


        @shared
        def on_message(message, connection, room): legacy_connection(connection).socket.send(str(len(legacy_room(room).connections)))


        @shared
        async def on_connect(connection, room): legacy_connection(connection).socket.send(str(len(legacy_room(room).connections)))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                await on_message(message, connection, self.room)

            async def on_connect(self, connection, ctx):
                await on_connect(connection, self.room)


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208", "PK208", "PK208"),
    )

"""Values in calls."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_star_args() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def f(*args, **kwargs):
            args[0].socket.send(str(len(args[1].connections)))
            if kwargs: kwargs["room"].broadcast(str(len(kwargs["room"].connections)))


        def on_message(message, connection, room):
            f(connection, room)
            f(connection, room, room=room)
            f(*[connection, room])
            f(*(connection, room), **{"room": room})


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def f(*args, **kwargs):
            legacy_connection(args[0]).socket.send(str(len(legacy_room(args[1]).connections)))
            if kwargs: kwargs["room"].broadcast(str(len(kwargs["room"].get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                f(connection, self.room)
                f(connection, self.room, room=self.room)
                f(*[connection, self.room])
                f(*(connection, self.room), **{"room": self.room})


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208", "PK301"),
    )


def test_unpacked_arguments() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def f(a, b, c=None, *d, **e):
            return str(len(a.connections)) + b.socket.id


        def on_message(message, connection, room):
            args = (room, connection)
            kw = {"a": room, "b": connection}
            connection.send(f(*args))
            connection.send(f(**kw))
            connection.send(f(room, **{"b": connection}))
            connection.send(f(*[room], connection))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection


        def f(a, b, c=None, *d, **e):
            return str(len(a.get_connections())) + legacy_connection(b).socket.id


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                args = (self.room, connection)
                kw = {"a": self.room, "b": connection}
                connection.send(f(*args))
                connection.send(f(**kw))
                connection.send(f(self.room, **{"b": connection}))
                connection.send(f(*[self.room], connection))


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK301"),
    )


def test_handlers_by_helpers() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def dispatch(kind, *args):
            return {"m": on_message2, "c": on_close}[kind](*args)


        def on_message2(message, connection, room):
            connection.socket.send("m2 " + str(len(room.connections)))


        def on_message(message, connection, room):
            dispatch("m", message, connection, room)
            dispatch("c", connection, room)


        def on_close(connection, room):
            room.broadcast("closed " + str(len(room.connections)))


        default: PartyKitServer = {"onMessage": on_message, "onClose": on_close}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def dispatch(kind, *args):
            return {"m": on_message2, "c": on_close}[kind](*args)


        def on_message2(message, connection, room):
            legacy_connection(connection).socket.send("m2 " + str(len(room.get_connections())))


        def on_close(connection, room):
            room.broadcast("closed " + str(len(legacy_room(room).connections)))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                dispatch("m", message, connection, self.room)
                dispatch("c", connection, self.room)

            def on_close(self, connection):
                on_close(connection, self.room)


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208", "PK301"),
    )


def test_recursion() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def even(room, n): return len(room.connections) if n == 0 else odd(room, n - 1)


        def odd(room, n): return 0 if n == 0 else even(room, n - 1)


        def on_message(message, connection, room):
            connection.send(str(even(room, 4)))
            connection.send(str(odd(room, 4)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def even(room, n): return len(room.get_connections()) if n == 0 else odd(room, n - 1)


        def odd(room, n): return 0 if n == 0 else even(room, n - 1)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(str(even(self.room, 4)))
                connection.send(str(odd(self.room, 4)))


        default = Server
        """,
        findings=("PK301",),
    )


def test_tables_of_functions() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def join(connection, room, arg): connection.socket.send("join " + str(len(room.connections)))


        def leave(connection, room, arg): room.broadcast("leave " + arg)
        COMMANDS = {"one": join, "two": leave, "b": lambda c, r, a: c.socket.send("b")}


        def on_message(message, connection, room):
            handler = COMMANDS.get(message)
            if handler: handler(connection, room, message)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def join(connection, room, arg): connection.send("join " + str(len(room.get_connections())))


        def leave(connection, room, arg): room.broadcast("leave " + arg)
        COMMANDS = {"one": join, "two": leave, "b": lambda c, r, a: c.send("b")}


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                handler = COMMANDS.get(message)
                if handler: handler(connection, self.room, message)


        default = Server
        """,
        findings=("PK301",),
    )


def test_registered_functions() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        COMMANDS = {}


        def command(name):
            def register(f):
                COMMANDS[name] = f
                return f
            return register


        @command("one")
        def join(connection, room): connection.socket.send("join " + str(len(room.connections)))


        def on_message(message, connection, room):
            if message in COMMANDS: COMMANDS[message](connection, room)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        COMMANDS = {}


        def command(name):
            def register(f):
                COMMANDS[name] = f
                return f
            return register


        @command("one")
        def join(connection, room): connection.send("join " + str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                if message in COMMANDS: COMMANDS[message](connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )

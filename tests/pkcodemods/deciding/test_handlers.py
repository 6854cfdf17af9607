"""How each handler becomes a method."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_a_default_that_changes_later() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        LIMIT = 3


        def on_message(message, connection, room, limit=LIMIT):
            connection.send(str(limit))


        LIMIT = 5
        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        LIMIT = 3


        def on_message(message, connection, room, limit=LIMIT):
            connection.send(str(limit))


        LIMIT = 5


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
    )


def test_a_default_that_is_made_once() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import itertools


        def on_message(message, connection, room, counter=itertools.count()):
            connection.send(str(next(counter)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        import itertools


        def on_message(message, connection, room, counter=itertools.count()):
            connection.send(str(next(counter)))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
    )


def test_self_as_a_name() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, self, room):
            self.send(room.id)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def on_message(message, self, room):
            self.send(room.id)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection_):
                on_message(message, connection_, self.room)


        default = Server
        """,
    )


def test_self_as_a_local() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            self = connection
            self.send(room.id)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def on_message(message, connection, room):
            self = connection
            self.send(room.id)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
    )


def test_two_keys() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def handle(connection, room):
            room.broadcast(f"{connection.id} {len(room.connections)}")


        default: PartyKitServer = {"onConnect": handle, "onClose": handle}
        """,
        """
        from partyserver import PartyServer


        def handle(connection, room):
            room.broadcast(f"{connection.id} {len(room.get_connections())}")


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                handle(connection, self.room)

            def on_close(self, connection):
                handle(connection, self.room)


        default = Server
        """,
    )


def test_called_by_others() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(f"{message} {len(room.connections)}")


        def on_connect(connection, room):
            on_message("joined", connection, room)


        default: PartyKitServer = {"onMessage": on_message, "onConnect": on_connect}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def on_message(message, connection, room):
            connection.send(f"{message} {len(room.get_connections())}")


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)

            def on_connect(self, connection, ctx):
                on_message("joined", connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_recursion() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            if message == "two":
                return on_message("2", connection, room)
            connection.send(f"{message} {len(room.connections)}")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def on_message(message, connection, room):
            if message == "two":
                return on_message("2", connection, room)
            connection.send(f"{message} {len(room.get_connections())}")


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                return on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_conditional_definition() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import sys
        if sys.version_info > (3,):
            def on_message(message, connection, room):
                connection.send("new")
                connection.send(str(len(room.connections)))
        else:
            def on_message(message, connection, room):
                connection.send("old")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        import sys
        if sys.version_info > (3,):
            def on_message(message, connection, room):
                connection.send("new")
                connection.send(str(len(room.get_connections())))
        else:
            def on_message(message, connection, room):
                connection.send("old")


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_bound_twice() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send("1" + str(len(room.connections)))


        _first = on_message


        def on_message(message, connection, room):
            _first(message, connection, room)
            connection.send("2" + str(len(room.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def on_message(message, connection, room):
            connection.send("1" + str(len(room.get_connections())))


        _first = on_message


        def on_message(message, connection, room):
            _first(message, connection, room)
            connection.send("2" + str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_chosen_when_it_runs() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import os


        def a(message, connection, room):
            connection.send("a" + str(len(room.connections)))


        def b(message, connection, room):
            connection.send("b" + str(len(room.connections)))


        default: PartyKitServer = {"onMessage": a if os.environ.get("NOPE") else b}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        import os


        def a(message, connection, room):
            connection.send("a" + str(len(room.get_connections())))


        def b(message, connection, room):
            connection.send("b" + str(len(room.get_connections())))


        _on_message = a if os.environ.get("NOPE") else b


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                _on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_perhaps_missing() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import os


        def a(message, connection, room):
            connection.send("a" + str(len(room.connections)))


        default: PartyKitServer = {
            "onMessage": a,
            "onClose": a if os.environ.get("NOPE") else None,
        }
        """,
        """
        from pkcompat import legacy_to_class

        import os


        def a(message, connection, room):
            connection.send("a" + str(len(room.connections)))


        default = legacy_to_class(
            {
                "onMessage": a,
                "onClose": a if os.environ.get("NOPE") else None,
            }
        )
        """,
        outcome="wrapped",
        findings=("PK102",),
    )


def test_made_by_a_function() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def make(word):
            def handler(message, connection, room):
                connection.send(word + str(len(room.connections)))
            return handler


        default: PartyKitServer = {"onMessage": make("w")}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def make(word):
            def handler(message, connection, room):
                connection.send(word + str(len(room.get_connections())))
            return handler


        _on_message = make("w")


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                _on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_an_alias() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def handle(message, connection, room):
            connection.send(str(len(room.connections)))


        on_message = handle
        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def handle(message, connection, room):
            connection.send(str(len(room.get_connections())))


        on_message = handle


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_out_of_a_dict() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        TABLE = {"m": lambda message, connection, room: connection.send(str(len(room.connections)))}
        default: PartyKitServer = {"onMessage": TABLE["m"]}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        TABLE = {"m": lambda message, connection, room: connection.send(str(len(room.get_connections())))}
        _on_message = TABLE["m"]


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                return _on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_of_other_code() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        from json import dumps
        default: PartyKitServer = {"onMessage": dumps}
        """,
        """
        from pkcompat import legacy_to_class

        from json import dumps
        default = legacy_to_class({"onMessage": dumps})
        """,
        outcome="wrapped",
        findings=("PK102",),
    )


def test_mangled_names() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        __secret = 3


        def on_message(message, connection, room):
            connection.send(str(__secret) + room.id)
            connection.__own = 4
            connection.send(str(connection.__own))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        __secret = 3


        def on_message(message, connection, room):
            connection.send(str(__secret) + room.id)
            connection.__own = 4
            connection.send(str(connection.__own))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
    )


def test_bound_anew_afterwards() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room): connection.send("1")
        default: PartyKitServer = {"onMessage": on_message}


        def on_message(message, connection, room): connection.send("2")
        """,
        """
        from pkcompat import legacy_to_class


        def on_message(message, connection, room): connection.send("1")
        default = legacy_to_class({"onMessage": on_message})


        def on_message(message, connection, room): connection.send("2")
        """,
        outcome="wrapped",
        findings=("PK105",),
    )


def test_static_hooks() -> None:
    check_transformed(
        """
        import asyncio
        from starlette.responses import Response
        from partykit.server import PartyKitServer


        def on_before_connect(request, lobby, ctx):
            request.headers["x-a"] = "1"
            return request


        async def on_before_request(request, lobby):
            return request


        async def on_fetch(request, lobby, ctx):
            ctx.waitUntil(asyncio.sleep(0))
            return Response("fetch")


        def on_connect(c, r, ctx):
            c.send(str(ctx.request.headers.get("x-a")))


        default: PartyKitServer = {
            "onBeforeConnect": on_before_connect,
            "onBeforeRequest": on_before_request,
            "onFetch": on_fetch,
            "onConnect": on_connect,
            "onRequest": lambda req, room: Response("r"),
        }
        """,
        """
        import asyncio
        from starlette.responses import Response
        from partyserver import PartyServer


        class Server(PartyServer):
            @staticmethod
            def on_before_connect(request, lobby, ctx):
                request.headers["x-a"] = "1"
                return request

            @staticmethod
            async def on_before_request(request, lobby, ctx):
                return request

            @staticmethod
            async def on_fetch(request, lobby, ctx):
                ctx.wait_until(asyncio.sleep(0))
                return Response("fetch")

            def on_connect(self, c, ctx):
                c.send(str(ctx.request.headers.get("x-a")))

            def on_request(self, req):
                return Response("r")


        default = Server
        """,
    )


def test_lambdas_over_lines() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        default: PartyKitServer = {
            "onMessage": lambda m, c, r: (  # why
                c.send(m)  # what
            ),
            # above
            "onConnect": lambda c, r: c.send(
                r.id  # id
            ),  # behind
            "onClose": lambda c, r: r
                .broadcast("x"),
        }
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, m, c):
                return (  # why
                    c.send(m)  # what
                )

            # above
            # behind
            def on_connect(self, c, ctx):
                return c.send(
                    self.room.id  # id
                )

            def on_close(self, c):
                return self.room.broadcast("x")


        default = Server
        """,
    )


def test_lambdas() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        default: PartyKitServer = {
            "onMessage": lambda m, c, r: (x := r.id) and c.send(x),
            "onConnect": lambda c, r: (c.send("a"), c.send(r.id)),
            "onClose": lambda c, r: r.broadcast("x") if r else None,
        }
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, m, c):
                return (x := self.room.id) and c.send(x)

            def on_connect(self, c, ctx):
                return (c.send("a"), c.send(self.room.id))

            def on_close(self, c):
                return self.room.broadcast("x") if self.room else None


        default = Server
        """,
    )


def test_lambdas_with_defaults() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        X = [1]
        default: PartyKitServer = {
            "onMessage": lambda m, c, r, x=X: c.send(str(x)),
            "onConnect": lambda c, r, t=X[:]: c.send(str(t)),
        }
        """,
        """
        from partyserver import PartyServer, ServerOptions

        X = [1]
        _on_connect = lambda c, r, t=X[:]: c.send(str(t))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, m, c, x=X):
                return c.send(str(x))

            def on_connect(self, c, t):
                return _on_connect(c, self.room, t)


        default = Server
        """,
    )


def test_lambdas_inside() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        default: PartyKitServer = {
            "onMessage": lambda m, c, r: [(lambda r: r)(i) for i in range(2)] and c.send((lambda: r.id)()),
        }
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, m, c):
                return [(lambda r: r)(i) for i in range(2)] and c.send((lambda: self.room.id)())


        default = Server
        """,
    )


def test_a_yield() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        default: PartyKitServer = {"onMessage": lambda m, c, r: (yield c.send(m))}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, m, c):
                return (yield c.send(m))


        default = Server
        """,
    )


def test_methods_of_an_object_that_nothing_reassigns() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Chat:
            def __init__(self):
                self.seen = 0

            def on_message(self, message, connection, room):
                self.seen += 1
                connection.socket.send(str(self.seen))


        chat = Chat()
        default: PartyKitServer = {"onMessage": chat.on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Chat:
            def __init__(self):
                self.seen = 0

            def on_message(self, message, connection, room):
                self.seen += 1
                connection.send(str(self.seen))


        chat = Chat()


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                chat.on_message(message, connection, self.room)


        default = Server
        """,
    )


def test_a_method_that_is_reassigned() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Chat:
            def on_message(self, message, connection, room):
                connection.socket.send("one")

            def other(self, message, connection, room):
                connection.socket.send("two")


        chat = Chat()
        default: PartyKitServer = {"onMessage": chat.on_message}
        chat.on_message = chat.other
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Chat:
            def on_message(self, message, connection, room):
                connection.send("one")

            def other(self, message, connection, room):
                connection.send("two")


        chat = Chat()
        _on_message = chat.on_message


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                _on_message(message, connection, self.room)


        default = Server
        chat.on_message = chat.other
        """,
    )


def test_a_function_that_says_to_give_nothing_back() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer


        def greet(connection: PartyKitConnection, room: PartyKitRoom) -> None:
            connection.socket.send("hi")


        default: PartyKitServer = {"onConnect": greet, "onClose": greet}
        """,
        """
        from partyserver import Connection, ConnectionContext, PartyServer, Room


        def greet(connection: Connection, room: Room) -> None:
            connection.send("hi")


        class Server(PartyServer):
            def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
                greet(connection, self.room)

            def on_close(self, connection: Connection) -> None:
                greet(connection, self.room)


        default = Server
        """,
    )

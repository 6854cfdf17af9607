"""Which arguments a handler takes."""

from __future__ import annotations

from tests.pkcodemods.checks import check_noop, check_transformed, codes


def test_star_args() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(*args):
            args[1].send(str(len(args)) + args[2].id + str(len(args[2].connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def on_message(*args):
            args[1].send(str(len(args)) + args[2].id + str(len(args[2].get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_star_args_behind_others() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, *rest):
            connection, room = rest
            connection.send(str(len(rest)))
            connection.send(room.id)
            connection.send(str(len(room.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def on_message(message, *rest):
            connection, room = rest
            connection.send(str(len(rest)))
            connection.send(room.id)
            connection.send(str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_keywords() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room, **kwargs):
            connection.send(str(kwargs) + room.id)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection, **kwargs):
                connection.send(str(kwargs) + self.room.id)


        default = Server
        """,
    )


def test_keyword_only() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room, *, loud=True):
            connection.send(str(loud) + room.id)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection, *, loud=True):
                connection.send(str(loud) + self.room.id)


        default = Server
        """,
    )


def test_a_required_keyword() -> None:
    source = """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room, *, loud):
            connection.send(str(loud) + room.id)


        default: PartyKitServer = {"onMessage": on_message}
    """
    check_noop(source)
    assert codes(source) == ["PK104"]


def test_no_parameter() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message():
            print("x")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                print("x")


        default = Server
        """,
    )


def test_fewer_parameters() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        seen = []


        def on_message(m):
            seen.append(m)


        def on_connect(c):
            c.send("hi")


        default: PartyKitServer = {"onMessage": on_message, "onConnect": on_connect}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        seen = []


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, m, connection):
                seen.append(m)

            def on_connect(self, c, ctx):
                c.send("hi")


        default = Server
        """,
    )


def test_defaults_for_what_was_left_out() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message="x"):
            LOG.append(message)


        def on_connect(connection=None):
            connection.send("c")


        LOG = []
        default: PartyKitServer = {"onMessage": on_message, "onConnect": on_connect}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        LOG = []


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message="x", connection=None):
                LOG.append(message)

            def on_connect(self, connection=None, ctx=None):
                connection.send("c")


        default = Server
        """,
    )


def test_names_of_what_was_left_out() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_connect(ctx, connection):
            ctx.send("room is " + connection.id)


        def on_message(sender, message):
            message.send(str(sender))


        def on_close(room):
            room.close


        default: PartyKitServer = {
            "onConnect": on_connect,
            "onMessage": on_message,
            "onClose": on_close,
        }
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_connect(self, ctx, _ctx):
                ctx.send("room is " + self.room.id)

            def on_message(self, sender, message):
                message.send(str(sender))

            def on_close(self, room):
                room.close


        default = Server
        """,
    )


def test_the_room_is_bound_anew_on_one_line() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room): room = room.id; connection.send(room)  # note


        def on_connect(c, r): c.send(r.id); c.send("2")
        default: PartyKitServer = {"onMessage": on_message, "onConnect": on_connect}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room
                room = room.id
                connection.send(room)  # note

            def on_connect(self, c, ctx): c.send(self.room.id); c.send("2")


        default = Server
        """,
    )


def test_more_parameters_with_defaults() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room, extra=1, other=2):
            connection.send(str(extra + other) + room.id)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection, extra=1, other=2):
                connection.send(str(extra + other) + self.room.id)


        default = Server
        """,
    )


def test_positional_only() -> None:
    check_transformed(
        """
        from starlette.responses import Response
        from partykit.server import PartyKitServer


        def on_message(message, connection, room, /):
            connection.send(room.id)


        def on_connect(connection, /, room):
            connection.send(room.id)


        def on_close(connection, room, /, extra=1):
            room.broadcast(str(extra))


        def on_request(request, /): return Response("r")
        default: PartyKitServer = {
            "onMessage": on_message,
            "onConnect": on_connect,
            "onClose": on_close,
            "onRequest": on_request,
        }
        """,
        """
        from starlette.responses import Response
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection, /):
                connection.send(self.room.id)

            def on_connect(self, connection, /, ctx):
                connection.send(self.room.id)

            def on_close(self, connection, /, extra=1):
                self.room.broadcast(str(extra))

            def on_request(self, request, /): return Response("r")


        default = Server
        """,
    )


def test_a_partial() -> None:
    check_transformed(
        """
        from functools import partial
        from partykit.server import PartyKitServer


        def greet(word, message, connection, room):
            connection.send(word)
            connection.send(message)
            connection.send(room.id)
            connection.send(str(len(room.connections)))


        default: PartyKitServer = {"onMessage": partial(greet, "hello ")}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def greet(word, message, connection, room):
            connection.send(word)
            connection.send(message)
            connection.send(room.id)
            connection.send(str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                greet("hello ", message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_partial_with_a_keyword() -> None:
    check_transformed(
        """
        import functools
        from functools import partial
        from partykit.server import PartyKitServer


        def greet(message, connection, room, *, word="x"):
            connection.send(word)
            connection.send(message)
            connection.send(room.id)
            connection.send(str(len(room.connections)))


        default: PartyKitServer = {"onMessage": functools.partial(greet, word="hello")}
        """,
        """
        from functools import partial
        from partyserver import PartyServer, ServerOptions


        def greet(message, connection, room, *, word="x"):
            connection.send(word)
            connection.send(message)
            connection.send(room.id)
            connection.send(str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                greet(message, connection, self.room, word="hello")


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_partial_that_gives_the_room() -> None:
    check_transformed(
        """
        from functools import partial
        from partykit.server import PartyKitServer


        def greet(message, connection, room="r"):
            connection.send(str(room) + message)


        default: PartyKitServer = {"onMessage": partial(greet, room="fixed")}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def greet(message, connection, room="r"):
            connection.send(str(room) + message)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                greet(message, connection, room="fixed")


        default = Server
        """,
    )


def test_a_callable_instance() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class H:
            def __call__(self, message, connection, room):
                connection.send("called ")
                connection.send(str(len(room.connections)))


        default: PartyKitServer = {"onMessage": H()}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class H:
            def __call__(self, message, connection, room):
                connection.send("called ")
                connection.send(str(len(room.get_connections())))


        _on_message = H()


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                _on_message(message, connection, self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_methods_of_an_object() -> None:
    check_transformed(
        """
        from starlette.responses import Response
        from partykit.server import PartyKitServer


        class Thing:
            def handle(self, message, connection, room):
                connection.send(f"{room.id} {len(room.connections)}")
            @staticmethod
            def conn(connection, room):
                connection.socket.send("static")
            @classmethod
            def req(cls, request, room):
                return Response(cls.__name__ + str(len(room.connections)))


        default: PartyKitServer = {
            "onMessage": Thing().handle,
            "onConnect": Thing.conn,
            "onRequest": Thing.req,
        }
        """,
        """
        from starlette.responses import Response
        from partyserver import PartyServer, ServerOptions


        class Thing:
            def handle(self, message, connection, room):
                connection.send(f"{room.id} {len(room.get_connections())}")
            @staticmethod
            def conn(connection, room):
                connection.send("static")
            @classmethod
            def req(cls, request, room):
                return Response(cls.__name__ + str(len(room.get_connections())))


        _on_message = Thing().handle


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                _on_message(message, connection, self.room)

            def on_connect(self, connection, ctx):
                Thing.conn(connection, self.room)

            def on_request(self, request):
                return Thing.req(request, self.room)


        default = Server
        """,
        findings=("PK301",),
    )

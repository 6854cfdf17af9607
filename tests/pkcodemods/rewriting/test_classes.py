"""The class in the place of an object: what it begins with, its order, its lines."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_methods_stand_in_the_order_of_the_object() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def close(connection, room): ...


        def connect(connection, room): ...


        default: PartyKitServer = {
            "onConnect": connect,
            "onMessage": lambda message, c: c.send(message),
            "onClose": close,
        }
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_connect(self, connection, ctx): ...

            def on_message(self, message, c):
                return c.send(message)

            def on_close(self, connection): ...


        default = Server
        """,
    )


def test_other_names_of_a_namespace_come_first() -> None:
    check_transformed(
        """
        from types import SimpleNamespace

        from partykit.server import PartyKitRoom

        # the chat
        default = SimpleNamespace(
            # how many
            limit=3,
            on_connect=lambda connection, room: connection.send("hi"),  # greet
        )
        """,
        """
        from partyserver import PartyServer


        # the chat
        class Server(PartyServer):
            # how many
            limit = 3

            # greet
            def on_connect(self, connection, ctx):
                return connection.send("hi")


        default = Server
        """,
    )


def test_lines_of_a_lambda_move_with_it() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer, Response

        default: PartyKitServer = {
            "onRequest": lambda request, room: Response(
                # how many
                str(len(room.connections)),

                # all well
                status_code=200,
            ),
        }
        """,
        """
        from partyserver import PartyServer, Response, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_request(self, request):
                return Response(
                    # how many
                    str(len(self.room.get_connections())),

                    # all well
                    status_code=200,
                )


        default = Server
        """,
        findings=("PK301",),
    )

"""Functions that look names up while they run."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import check_transformed, migrated


def test_eval_in_a_handler() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(eval("room.id + str(len(room.connections))"))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def on_message(message, connection, room):
            connection.send(eval("room.id + str(len(room.connections))"))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, legacy_connection(connection), legacy_room(self.room))


        default = Server
        """,
        outcome="residue",
        findings=("PK204",),
    )


def test_eval_in_a_helper() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def helper(room):
            return eval("len(room.connections)")


        def on_message(message, connection, room):
            connection.send(str(helper(room)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def helper(room):
            return eval("len(room.connections)")


        def on_message(message, connection, room):
            connection.send(str(helper(room)))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, legacy_connection(connection), legacy_room(self.room))


        default = Server
        """,
        outcome="residue",
        findings=("PK204",),
    )


def test_locals_in_a_handler() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(str(sorted(locals())))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def on_message(message, connection, room):
            connection.send(str(sorted(locals())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, legacy_connection(connection), legacy_room(self.room))


        default = Server
        """,
        outcome="residue",
        findings=("PK204",),
    )


def test_globals_in_a_handler() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            globals()["helper"](connection, room)


        def helper(connection, room):
            connection.send(str(len(room.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        def on_message(message, connection, room):
            globals()["helper"](connection, room)


        def helper(connection, room):
            connection.send(str(len(legacy_room(room).connections)))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                on_message(message, legacy_connection(connection), legacy_room(self.room))


        default = Server
        """,
        outcome="residue",
        findings=("PK204", "PK208"),
    )


def test_a_hook() -> None:
    check_transformed(
        """
        from starlette.responses import Response
        from partykit.server import PartyKitServer


        def on_before_connect(request, lobby, ctx):
            eval("1")
            return request


        def on_fetch(request, lobby):
            return Response(str(eval("lobby.id")))


        def on_connect(c, r): c.send("x")
        default: PartyKitServer = {
            "onBeforeConnect": on_before_connect,
            "onFetch": on_fetch,
            "onConnect": on_connect,
        }
        """,
        """
        from starlette.responses import Response
        from partyserver import PartyServer
        from pkcompat import legacy_execution_context, legacy_lobby


        def on_before_connect(request, lobby, ctx):
            eval("1")
            return request


        def on_fetch(request, lobby):
            return Response(str(eval("lobby.id")))


        class Server(PartyServer):
            @staticmethod
            def on_before_connect(request, lobby, ctx):
                return on_before_connect(
                    request, legacy_lobby(lobby), legacy_execution_context(ctx)
                )

            @staticmethod
            def on_fetch(request, lobby, ctx):
                return on_fetch(request, legacy_lobby(lobby))

            def on_connect(self, c, ctx): c.send("x")


        default = Server
        """,
        outcome="residue",
        findings=("PK204", "PK204"),
    )


def test_a_handler_class() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Handlers:
            def on_message(self, message, connection, room):
                connection.send(str(eval("len(room.connections)")))


        default = Handlers()
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        class Handlers:
            def on_message(self, message, connection, room):
                connection.send(str(eval("len(room.connections)")))


        handlers = Handlers()


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                handlers.on_message(
                    message, legacy_connection(connection), legacy_room(self.room)
                )


        default = Server
        """,
        outcome="residue",
        findings=("PK204",),
    )


@pytest.mark.parametrize(
    ("imported", "frame"),
    [
        ("import inspect", "inspect.currentframe().f_back"),
        ("from inspect import currentframe as here", "here().f_back"),
        ("import sys", "sys._getframe(1)"),
        ("import inspect", "inspect.stack()[1].frame"),
    ],
)
def test_a_helper_that_reads_its_callers_frame(imported: str, frame: str) -> None:
    """It has no room, and finds the one of the handler by its name."""
    result = migrated(
        f"{imported}\n\n\ndef tell():\n    {frame}.f_locals['room'].broadcast('hi')\n\n\n"
        "def on_connect(connection, room):\n    tell()\n\n\ndefault = {'onConnect': on_connect}\n"
    )
    assert result.outcome == "residue"
    assert [finding.code for finding in result.parties[0].findings] == ["PK204"]
    assert "def on_connect(connection, room):\n    tell()\n" in result.code

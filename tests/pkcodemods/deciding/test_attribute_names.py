"""Attributes that strings name."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed, codes


def test_old_names_that_are_written_out_become_new_ones() -> None:
    check_transformed(
        """
        def on_connect(connection, room):
            name, size = getattr(room, "internalID"), len(getattr(room, "connections"))
            getattr(connection, "socket", None).send(f"{name} {size}")
            if hasattr(room, "connections") and hasattr(connection, "serializeAttachment"):
                connection.send("old")


        def on_fetch(request, lobby, ctx):
            if hasattr(ctx, "waitUntil"):
                ctx.waitUntil(None)


        default = {"onConnect": on_connect, "onFetch": on_fetch}
        """,
        """
        from partyserver import PartyServer


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                name, size = self.room.internal_id, len(self.room.get_connections())
                connection.send(f"{name} {size}")
                if hasattr(self.room, "get_connections") and hasattr(connection, "set_state"):
                    connection.send("old")

            @staticmethod
            def on_fetch(request, lobby, ctx):
                if hasattr(ctx, "wait_until"):
                    ctx.wait_until(None)


        default = Server
        """,
    )


def test_a_name_may_be_a_constant() -> None:
    check_transformed(
        """
        ID = "internalID"


        def on_close(connection, room):
            room.broadcast(getattr(room, ID))


        default = {"onClose": on_close}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        ID = "internalID"


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_close(self, connection):
                self.room.broadcast(self.room.internal_id)


        default = Server
        """,
    )


def test_names_that_only_show_when_it_runs_and_stores_keep_the_view() -> None:
    source = """
        def on_close(connection, room):
            {}


        default = {{"onClose": on_close}}
        """
    assert codes(source.format("getattr(room, connection.id)")) == ["PK201"]
    assert codes(source.format('setattr(room, "internalID", 1)')) == ["PK201"]
    assert codes(source.format('getattr(room, "internalID", connection.id())')) == ["PK201"]
    assert codes(source.format('getattr(connection, "serializeAttachment")(1)')) == ["PK201"]

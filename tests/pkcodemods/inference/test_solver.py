"""Values are followed to a fixed point, however long that takes."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed, migrated


def test_a_long_chain_of_helpers() -> None:
    helpers = ["def helper_0(room):\n    return len(room.connections)\n"]
    helpers += [f"def helper_{n}(room):\n    return helper_{n - 1}(room)\n" for n in range(1, 120)]
    result = migrated(
        "from partykit.server import PartyKitServer\n\n\n"
        + "\n\n".join(helpers)
        + "\n\ndef on_message(message, connection, room):\n    connection.send(str(helper_119(room)))\n"
        + '\n\ndefault: PartyKitServer = {"onMessage": on_message}\n'
    )
    assert result.outcome == "rewritten"
    assert "return len(room.get_connections())" in result.code


def test_parts_of_parts_come_to_an_end() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            values = {"a": {"b": connection}}
            while not hasattr(values, "send"):
                values = values.values()
                for values in values:
                    pass
            pairs = {"a": 1}
            for pairs in pairs.items():
                pairs = dict([pairs])
            connection.socket.send("done")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                values = {"a": {"b": connection}}
                while not hasattr(values, "send"):
                    values = values.values()
                    for values in values:
                        pass
                pairs = {"a": 1}
                for pairs in pairs.items():
                    pairs = dict([pairs])
                connection.send("done")


        default = Server
        """,
    )


def test_a_default_dict_of_lists() -> None:
    check_transformed(
        """
        from collections import defaultdict
        from partykit.server import PartyKitServer

        WAITING = defaultdict(list)


        def on_message(message, connection, room):
            WAITING[room.id].append(connection)
            for waiting in WAITING[room.id]:
                waiting.socket.send("waits")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from collections import defaultdict
        from partyserver import PartyServer, ServerOptions

        WAITING = defaultdict(list)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                WAITING[self.room.id].append(connection)
                for waiting in WAITING[self.room.id]:
                    waiting.send("waits")


        default = Server
        """,
    )

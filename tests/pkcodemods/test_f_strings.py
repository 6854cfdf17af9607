"""Edits inside of f-strings."""

# ruff: noqa: E501 - the lines of a migrated module are as long as they become

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_expressions_with_their_text() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(f"{room.id=} {room.internalID[:0]=} {len(room.connections)=!s} {connection.socket.id!r:>5} {room.id:{len(room.connections)}}")
            connection.send(f'{", ".join(f"{k}" for k in room.connections)} {{room}}')
            connection.send("%s" % room.id)
            connection.send("{0.id}".format(room))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(f"room.id={self.room.id!r} room.internalID[:0]={self.room.internal_id[:0]!r} len(room.connections)={len(self.room.get_connections())!s} {connection.id!r:>5} {self.room.id:{len(self.room.get_connections())}}")
                connection.send(f'{", ".join(f"{peer.id}" for peer in self.room.get_connections())} {{room}}')
                connection.send("%s" % self.room.id)
                connection.send("{0.id}".format(self.room))


        default = Server
        """,
        findings=("PK301",),
    )


def test_braces() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(f"{room.connections[connection.id].id} {sorted(set(room.connections))}")
            connection.send(f"{set(room.connections) == {'a', 'b'}} {dict(room.connections) == {}}")
            connection.send(f"{len({k: 1 for k in room.connections})}{ {**room.connections} == {}}")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def _connection_of(room, connection_id):
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(f"{_connection_of(self.room, connection.id).id} {sorted({peer.id for peer in self.room.get_connections()})}")
                connection.send(f"{ {peer.id for peer in self.room.get_connections()} == {'a', 'b'}} { {peer.id: peer for peer in self.room.get_connections()} == {}}")
                connection.send(f"{len({peer.id: 1 for peer in self.room.get_connections()})}{ {peer.id: peer for peer in self.room.get_connections()} == {}}")


        default = Server
        """,
        findings=("PK301",),
    )


def test_quotes() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(f"{room.parties.main.get('x') is None} {room.connections.get('a') is None}")
            connection.send(f'{room.parties.main.get("x") is None}')


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(f"{self.room.context.parties['main'].get('x') is None} {self.room.get_connection('a') is None}")
                connection.send(f'{self.room.context.parties["main"].get("x") is None}')


        default = Server
        """,
    )

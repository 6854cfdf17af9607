"""`connections.forEach(...)` as a loop."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_functions_take_what_they_take() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def none():
            print("one more")


        def one(peer):
            peer.socket.send("one")


        def two(peer, key):
            peer.socket.send("two " + key)


        def on_message(message, connection, room):
            room.connections.forEach(none)
            room.connections.forEach(one)
            room.connections.forEach(two)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def none():
            print("one more")


        def one(peer):
            peer.send("one")


        def two(peer, key):
            peer.send("two " + key)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                for peer in self.room.get_connections():
                    none()
                for peer in self.room.get_connections():
                    one(peer)
                for peer in self.room.get_connections():
                    two(peer, peer.id)


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_lambda_is_the_body() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            # to all
            room.connections.forEach(lambda conn: conn.socket.send(message))  # now
            room.connections.forEach(lambda: print("one more"))
            room.connections.forEach(lambda conn, key: conn.socket.send(message))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                # to all
                for conn in self.room.get_connections():
                    conn.send(message)  # now
                for peer in self.room.get_connections():
                    print("one more")
                for conn in self.room.get_connections():
                    conn.send(message)


        default = Server
        """,
        findings=("PK301",),
    )


def test_what_is_no_plain_loop() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def three(peer, key, mapping):
            peer.socket.send(str(len(mapping)))


        def on_message(message, connection, room):
            conn = connection
            room.connections.forEach(lambda conn: conn.socket.send(message))
            room.connections.forEach(lambda peer, key: peer.socket.send(key))
            room.connections.forEach(lambda peer: [peer.socket.send(m) for m in "ab"])
            room.connections.forEach(three)
            room.connections.forEach(print)
            return room.connections.forEach(lambda other: other.socket.send("x"))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        def three(peer, key, mapping):
            peer.send(str(len(mapping)))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                conn = connection
                legacy_room(self.room).connections.forEach(lambda conn: conn.send(message))
                legacy_room(self.room).connections.forEach(lambda peer, key: peer.send(key))
                legacy_room(self.room).connections.forEach(
                    lambda peer: [peer.send(m) for m in "ab"]
                )
                legacy_room(self.room).connections.forEach(three)
                legacy_room(self.room).connections.forEach(print)
                return legacy_room(self.room).connections.forEach(lambda other: other.send("x"))


        default = Server
        """,
        outcome="residue",
        findings=("PK202", "PK202", "PK202", "PK202", "PK202", "PK202"),
    )

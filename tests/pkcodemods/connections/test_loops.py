"""Loops over `room.connections`."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_nested_loops_have_names_of_their_own() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            for a in room.connections:
                for b in room.connections:
                    if a < b:
                        room.connections[a].send(b)
                        room.connections.get(b).send(a)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                for peer in self.room.get_connections():
                    for member in self.room.get_connections():
                        if peer.id < member.id:
                            peer.send(member.id)
                            member.send(peer.id)


        default = Server
        """,
        findings=("PK301",),
    )


def test_ids_used_behind_the_loop() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            for k in room.connections:
                connection.send(k)
            connection.send("last " + k)
            for k, c in room.connections.items():
                pass
            c.socket.send(k)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                for k in [peer.id for peer in self.room.get_connections()]:
                    connection.send(k)
                connection.send("last " + k)
                for k, c in [(peer.id, peer) for peer in self.room.get_connections()]:
                    pass
                c.send(k)


        default = Server
        """,
        findings=("PK301",),
    )


def test_ids_that_are_bound_anew() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            for k in room.connections:
                k = k + "!"
                connection.send(k)
            for k, c in room.connections.items():
                c = c.socket
                c.send(k)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                for k in [peer.id for peer in self.room.get_connections()]:
                    k = k + "!"
                    connection.send(k)
                for k, c in [(peer.id, peer) for peer in self.room.get_connections()]:
                    c = c
                    c.send(k)


        default = Server
        """,
        findings=("PK301",),
    )


def test_ids_in_closures() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            fs = []
            for k in room.connections:
                fs.append(lambda k=k: k)
                fs.append(lambda: k)
            connection.send(str([f() for f in fs]))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                fs = []
                for k in [peer.id for peer in self.room.get_connections()]:
                    fs.append(lambda k=k: k)
                    fs.append(lambda: k)
                connection.send(str([f() for f in fs]))


        default = Server
        """,
        findings=("PK301",),
    )


def test_ids_over_awaits() -> None:
    check_transformed(
        """
        import asyncio
        from partykit.server import PartyKitServer


        async def on_message(message, connection, room):
            for k in room.connections:
                await asyncio.sleep(0.1)
                if k in room.connections:
                    room.connections[k].send("still")
            for k, c in room.connections.items():
                await asyncio.sleep(0.1)
                c.socket.send(k)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        import asyncio
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                for k in [peer.id for peer in self.room.get_connections()]:
                    await asyncio.sleep(0.1)
                    if (found := self.room.get_connection(k)) is not None:
                        found.send("still")
                for c in self.room.get_connections():
                    await asyncio.sleep(0.1)
                    c.send(c.id)


        default = Server
        """,
        findings=("PK301",),
    )


def test_names_that_are_taken() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            peer = "peer"
            for k in room.connections:
                connection.send(k + peer)
            connection.send(",".join(k + peer for k in room.connections))
            connection.send(str({k: peer for k in room.connections}))
            connection.send(str(sorted(room.connections)) + peer)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                peer = "peer"
                for member in self.room.get_connections():
                    connection.send(member.id + peer)
                connection.send(
                    ",".join(member.id + peer for member in self.room.get_connections())
                )
                connection.send(
                    str({member.id: peer for member in self.room.get_connections()})
                )
                connection.send(
                    str(sorted(peer.id for peer in self.room.get_connections())) + peer
                )


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_loop_that_closes() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            for k in list(room.connections):
                if k != connection.id:
                    room.connections[k].close()
            connection.send(str(len(room.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                for peer in self.room.get_connections():
                    if peer.id != connection.id:
                        peer.close()
                connection.send(str(len(self.room.get_connections())))


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_loop_that_closes_others() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def kick(room, key): room.connections[key].close() if key in room.connections else None


        def on_message(message, connection, room):
            try:
                for k in room.connections:
                    kick(room, "b")
                    room.connections[k].send("still")
            except KeyError as e: connection.send(f"gone {e}")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def kick(room, key): found.close() if (found := room.get_connection(key)) is not None else None


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                try:
                    for k in [peer.id for peer in self.room.get_connections()]:
                        kick(self.room, "b")
                        found = self.room.get_connection(k)
                        if found is None:
                            raise KeyError(k)
                        found.send("still")
                except KeyError as e: connection.send(f"gone {e}")


        default = Server
        """,
        findings=("PK301",),
    )


def test_comprehensions() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(str([(room.id, c) for c in sorted(room.connections) if c in room.connections]))
            connection.send(str({c: len(room.connections) for c in room.connections}))
            connection.send(str([c.id for room in [room] for c in room.connections.values()]))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(
                    str(
                        [
                            (self.room.id, c)
                            for c in sorted(peer.id for peer in self.room.get_connections())
                            if self.room.get_connection(c) is not None
                        ]
                    )
                )
                connection.send(
                    str(
                        {
                            peer.id: len(self.room.get_connections())
                            for peer in self.room.get_connections()
                        }
                    )
                )
                connection.send(
                    str([c.id for room in [self.room] for c in room.get_connections()])
                )


        default = Server
        """,
        findings=("PK301",),
    )

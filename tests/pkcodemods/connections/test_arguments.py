"""The mapping and its views as arguments of helpers that are done with them when they return."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_views_of_helpers_that_only_read() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def send_all(peers, text):
            for peer in peers:
                peer.socket.send(text)


        def names(ids):
            return ",".join(ids)


        def ages(pairs):
            return str(dict(pairs))


        def on_message(message, connection, room):
            send_all(room.connections.values(), message)
            connection.send(names(room.connections.keys()))
            connection.send(ages(pairs=room.connections.items()))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def send_all(peers, text):
            for peer in peers:
                peer.send(text)


        def names(ids):
            return ",".join(ids)


        def ages(pairs):
            return str(dict(pairs))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                send_all(self.room.get_connections(), message)
                connection.send(names([peer.id for peer in self.room.get_connections()]))
                connection.send(
                    ages(pairs=[(peer.id, peer) for peer in self.room.get_connections()])
                )


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_coroutine_that_reads_before_it_waits() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        async def send_all(peers, text):
            count = len(peers)
            for peer in peers:
                await peer.socket.send(text + str(count))


        async def on_message(message, connection, room):
            await send_all(room.connections.values(), message)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        async def send_all(peers, text):
            count = len(peers)
            for peer in peers:
                await peer.send(text + str(count))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                await send_all(self.room.get_connections(), message)


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_coroutine_that_reads_later() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        import asyncio


        async def send_all(peers, text):
            await asyncio.sleep(1)
            for peer in peers:
                peer.socket.send(text)


        async def on_message(message, connection, room):
            await send_all(room.connections.values(), message)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        import asyncio


        async def send_all(peers, text):
            await asyncio.sleep(1)
            for peer in peers:
                peer.send(text)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                await send_all(legacy_room(self.room).connections.values(), message)


        default = Server
        """,
        outcome="residue",
        findings=("PK202",),
    )


def test_a_coroutine_that_starts_later() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        import asyncio


        async def send_all(peers):
            for peer in peers:
                peer.socket.send("x")


        async def on_message(message, connection, room):
            asyncio.ensure_future(send_all(room.connections.values()))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        import asyncio


        async def send_all(peers):
            for peer in peers:
                peer.send("x")


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                asyncio.ensure_future(send_all(legacy_room(self.room).connections.values()))


        default = Server
        """,
        outcome="residue",
        findings=("PK202",),
    )


def test_helpers_that_keep_them_or_close_some() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        KEPT = []


        def keep(peers):
            KEPT.append(peers)


        def close_all(peers):
            for peer in peers:
                peer.socket.close()


        def on_message(message, connection, room):
            keep(room.connections.values())
            close_all(room.connections.values())


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        KEPT = []


        def keep(peers):
            KEPT.append(peers)


        def close_all(peers):
            for peer in peers:
                peer.close()


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                keep(legacy_room(self.room).connections.values())
                close_all(self.room.get_connections())


        default = Server
        """,
        outcome="residue",
        findings=("PK202", "PK301"),
    )

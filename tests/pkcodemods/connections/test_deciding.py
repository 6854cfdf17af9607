"""Aliases of `room.connections`, and helpers that are handed it."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_an_alias_is_live() -> None:
    check_transformed(
        """
        import asyncio
        from partykit.server import PartyKitServer


        async def on_message(message, connection, room):
            conns = room.connections
            await asyncio.sleep(1)
            connection.send(str(len(conns)))
            for k in conns: connection.send(k)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        import asyncio
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                await asyncio.sleep(1)
                connection.send(str(len(self.room.get_connections())))
                for peer in self.room.get_connections(): connection.send(peer.id)


        default = Server
        """,
        findings=("PK301",),
    )


def test_an_alias_that_is_kept() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            room.conns = room.connections
            connection.send(str(len(room.conns)))
            for c in room.conns.values(): c.socket.send("x")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                self.room.conns = legacy_room(self.room).connections
                connection.send(str(len(self.room.conns)))
                for c in self.room.conns.values(): c.send("x")


        default = Server
        """,
        outcome="residue",
        findings=("PK202", "PK301"),
    )


def test_an_alias_in_a_global() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        CONNS = None


        def on_connect(connection, room):
            global CONNS
            CONNS = room.connections


        def on_message(message, connection, room):
            connection.send(str(len(CONNS)))


        default: PartyKitServer = {"onConnect": on_connect, "onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room

        CONNS = None


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_connect(self, connection, ctx):
                global CONNS
                CONNS = legacy_room(self.room).connections

            def on_message(self, message, connection):
                connection.send(str(len(CONNS)))


        default = Server
        """,
        outcome="residue",
        findings=("PK202",),
    )


def test_an_alias_that_is_chosen() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            conns = room.connections if message else {}
            for c in conns.values():
                c.socket.send("x")
            if (cs := room.connections):
                connection.send(str(len(cs)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                conns = (
                    {peer.id: peer for peer in self.room.get_connections()} if message else {}
                )
                for c in conns.values():
                    c.send("x")
                if (cs := {peer.id: peer for peer in self.room.get_connections()}):
                    connection.send(str(len(cs)))


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_returned_alias() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def conns_of(room):
            return room.connections


        def on_message(message, connection, room):
            connection.send(str(len(conns_of(room))))
            for c in conns_of(room).values():
                c.socket.send("r")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def conns_of(room):
            return {peer.id: peer for peer in room.get_connections()}


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(str(len(conns_of(self.room))))
                for c in conns_of(self.room).values():
                    c.send("r")


        default = Server
        """,
        findings=("PK301",),
    )


def test_an_alias_whose_room_is_hidden() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def helper(room): return room


        def on_message(message, connection, room):
            conns = room.connections
            def inner(room):
                return len(conns)
            connection.send(str(inner(3)))
            connection.send(str([len(conns) for room in range(2)]))


        def lib(r, connection):
            conns = r.connections
            def inner(r): return len(conns)
            connection.send(str(inner(1)))


        def on_close(connection, room): lib(room, room)
        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        def helper(room): return room


        def lib(r, connection):
            conns = legacy_room(r).connections
            def inner(r): return len(conns)
            connection.send(str(inner(1)))


        def on_close(connection, room): lib(room, room)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                def inner(room):
                    return len(self.room.get_connections())
                connection.send(str(inner(3)))
                connection.send(str([len(self.room.get_connections()) for room in range(2)]))


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK301"),
    )


def test_helpers_that_only_read_it() -> None:
    check_transformed(
        """
        import asyncio
        from partykit.server import PartyKitServer


        def count(conns):
            return len(conns)


        def tell(conns, text):
            for c in conns.values():
                c.socket.send(text)


        async def later(conns):
            await asyncio.sleep(0.1)
            for k in conns:
                conns[k].send("later")


        async def on_message(message, connection, room):
            connection.send(str(count(room.connections)))
            tell(room.connections, "told")
            tell(text="kw", conns=room.connections)
            await later(room.connections)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        import asyncio
        from partyserver import PartyServer, ServerOptions


        def count(conns):
            return len(conns)


        def tell(conns, text):
            for c in conns.values():
                c.send(text)


        async def later(room):
            await asyncio.sleep(0.1)
            for peer in room.get_connections():
                peer.send("later")


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                connection.send(
                    str(count({peer.id: peer for peer in self.room.get_connections()}))
                )
                tell({peer.id: peer for peer in self.room.get_connections()}, "told")
                tell(text="kw", conns={peer.id: peer for peer in self.room.get_connections()})
                await later(self.room)


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_helper_that_keeps_it() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        KEPT = []


        def keep(conns):
            KEPT.append(conns)


        def on_message(message, connection, room):
            keep(room.connections)
            connection.send(str([len(k) for k in KEPT]))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room

        KEPT = []


        def keep(conns):
            KEPT.append(conns)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                keep(legacy_room(self.room).connections)
                connection.send(str([len(k) for k in KEPT]))


        default = Server
        """,
        outcome="residue",
        findings=("PK202",),
    )


def test_a_default_value() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            def inner(conns=room.connections):
                return len(conns)
            connection.send(str(inner()))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                def inner(conns=legacy_room(self.room).connections):
                    return len(conns)
                connection.send(str(inner()))


        default = Server
        """,
        outcome="residue",
        findings=("PK202",),
    )


def test_aliases_of_views() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            ids = room.connections.keys()
            connection.send(",".join(ids))
            connection.send(f"{len(ids)}")
            connection.send(f"{message in ids}")
            peers = room.connections.values()
            for peer in peers:
                peer.socket.send("x")
            pairs = room.connections.items()
            for key, peer in pairs:
                peer.socket.send(key)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(",".join(peer.id for peer in self.room.get_connections()))
                connection.send(f"{len(self.room.get_connections())}")
                connection.send(f"{self.room.get_connection(message) is not None}")
                for peer in self.room.get_connections():
                    peer.send("x")
                for peer in self.room.get_connections():
                    peer.send(peer.id)


        default = Server
        """,
        findings=("PK301",),
    )


def test_aliases_of_aliases() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            conns = room.connections
            ids = conns.keys()
            for key in ids:
                conns[key].socket.send("x")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                for peer in self.room.get_connections():
                    peer.send("x")


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_view_that_is_kept() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            ids = room.connections.keys()
            connection.ids = ids
            connection.send(str(len(ids)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                ids = legacy_room(self.room).connections.keys()
                connection.ids = ids
                connection.send(str(len(ids)))


        default = Server
        """,
        outcome="residue",
        findings=("PK202",),
    )


def test_an_alias_that_goes_leaves_its_comments() -> None:
    check_transformed(
        """
        def on_message(message, connection, room):
            # everybody
            peers = room.connections  # is here
            # one after another
            for peer in peers.values():
                peer.socket.send(message)


        default = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                # everybody
                # is here
                # one after another
                for peer in self.room.get_connections():
                    peer.send(message)


        default = Server
        """,
        findings=("PK301",),
    )


def test_an_alias_that_is_handed_on_twice() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def roster(peers):
            return ", ".join(peers)


        def tell(peers, text):
            for peer in peers.values():
                peer.send(text)


        def on_message(message, connection, room):
            peers = room.connections
            tell(peers, roster(peers))
            others = room.connections or {}
            tell(others, message)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def roster(peers):
            return ", ".join(peers)


        def tell(peers, text):
            for peer in peers.values():
                peer.send(text)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                peers = {peer.id: peer for peer in self.room.get_connections()}
                tell(peers, roster(peers))
                others = {peer.id: peer for peer in self.room.get_connections()}
                tell(others, message)


        default = Server
        """,
        findings=("PK301",),
    )

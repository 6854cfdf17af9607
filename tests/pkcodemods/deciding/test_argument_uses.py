"""Methods of the same name whose arguments the class form takes more strictly."""

# ruff: noqa: E501 - the lines of a migrated module are as long as they become

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_options_that_tune_caches_go() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        async def on_message(message, connection, room):
            await room.storage.put("k", 1, {"allowUnconfirmed": True})
            await room.storage.put("k2", 2, allowUnconfirmed=True)
            await room.storage.put({"k3": 3}, {"allowUnconfirmed": True})
            connection.send(str(await room.storage.get("k", {"noCache": True})))
            connection.send(str(await room.storage.get(["k", "k2"], noCache=True)))
            connection.send(str(await room.storage.delete("k", {"noCache": True})))
            connection.send(str(await room.storage.list({"prefix": "k", "noCache": True})))
            connection.send(str(await room.storage.list({"prefix": None})))
            connection.send(str(await room.storage.list(startAfter="k2", limit=None)))
            await room.storage.setAlarm(5000000000000, {"x": 1})
            connection.send(str(await room.storage.getAlarm()))
            await room.storage.deleteAlarm()
            await room.storage.deleteAll({"x": 1})


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_storage


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                await self.room.storage.put("k", 1)
                await self.room.storage.put("k2", 2)
                await self.room.storage.put({"k3": 3})
                connection.send(str(await self.room.storage.get("k")))
                connection.send(str(await self.room.storage.get(["k", "k2"])))
                connection.send(str(await self.room.storage.delete("k")))
                connection.send(
                    str(
                        await legacy_storage(self.room.storage).list(
                            {"prefix": "k", "noCache": True}
                        )
                    )
                )
                connection.send(str(await self.room.storage.list(prefix=None)))
                connection.send(str(await self.room.storage.list(start_after="k2", limit=None)))
                await self.room.storage.set_alarm(5000000000000)
                connection.send(str(await self.room.storage.get_alarm()))
                await self.room.storage.delete_alarm()
                await self.room.storage.delete_all()


        default = Server
        """,
        outcome="residue",
        findings=("PK203",),
    )


def test_a_broadcast_stays_as_it_is() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def tell(room, text, without=None):
            room.broadcast(text, without)


        def on_message(message, connection, room):
            room.broadcast("a", None)
            room.broadcast("b", without=[connection.id] if message == "one" else None)
            tell(room, "c", [connection.id])
            args = ("d", [connection.id])
            room.broadcast(*args)
            room.broadcast(**{"message": "e", "without": None})


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def tell(room, text, without=None):
            room.broadcast(text, without)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                self.room.broadcast("a", None)
                self.room.broadcast("b", without=[connection.id] if message == "one" else None)
                tell(self.room, "c", [connection.id])
                args = ("d", [connection.id])
                self.room.broadcast(*args)
                self.room.broadcast(**{"message": "e", "without": None})


        default = Server
        """,
    )


def test_listeners_with_options_keep_the_old_name() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_connect(connection, room):
            connection.addEventListener("message", lambda e: connection.send("got " + str(e.data)), {"once": True})
            connection.addEventListener("close", lambda e: room.broadcast(f"bye {e.code} {e.wasClean}"))
            def gone():
                room.broadcast("gone")
            connection.socket.addEventListener("close", gone)
            connection.addEventListener("close", print_it)


        def print_it(event):
            KEPT.append(event.wasClean)


        KEPT = []
        default: PartyKitServer = {"onConnect": on_connect}
        """,
        """
        from partyserver import PartyServer
        from pkcompat import legacy_connection


        def print_it(event):
            KEPT.append(event.was_clean)


        KEPT = []


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                legacy_connection(connection).add_event_listener("message", lambda e: connection.send("got " + str(e.data)), {"once": True})
                connection.add_event_listener(
                    "close", lambda e: self.room.broadcast(f"bye {e.code} {e.was_clean}")
                )
                def gone():
                    self.room.broadcast("gone")
                connection.add_event_listener("close", gone)
                connection.add_event_listener("close", print_it)


        default = Server
        """,
        outcome="residue",
        findings=("PK206",),
    )


def test_a_listener_of_other_code_gets_the_old_names() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import pprint


        def on_connect(connection, room):
            connection.addEventListener("message", pprint.pformat)
            connection.addEventListener("message", "".join)


        default: PartyKitServer = {"onConnect": on_connect}
        """,
        """
        from partyserver import PartyServer

        import pprint


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                connection.add_event_listener("message", pprint.pformat)
                connection.add_event_listener("message", "".join)


        default = Server
        """,
    )


def test_options_that_are_refused_when_they_come_are_left_to_the_view() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        QUICK = {"noCache": True}
        SLIP = {"nocach": True}


        async def on_message(message, connection, room):
            a = await room.storage.get("k", QUICK)
            b = await room.storage.get("k", SLIP)
            c = await room.storage.get("k", options={"nocach": True})
            await room.storage.put("k", 1, message)
            await room.storage.delete("k", options=None)
            await room.storage.deleteAll(SLIP)
            connection.send(f"{a}{b}{c}")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_storage

        QUICK = {"noCache": True}
        SLIP = {"nocach": True}


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                a = await self.room.storage.get("k")
                b = await legacy_storage(self.room.storage).get("k", SLIP)
                c = await legacy_storage(self.room.storage).get("k", options={"nocach": True})
                await legacy_storage(self.room.storage).put("k", 1, message)
                await self.room.storage.delete("k")
                await self.room.storage.delete_all()
                connection.send(f"{a}{b}{c}")


        default = Server
        """,
        outcome="residue",
        findings=("PK203", "PK203", "PK203"),
    )

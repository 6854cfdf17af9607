"""JavaScript-style option dicts of storage and stubs."""

# ruff: noqa: E501 - the lines of a migrated module are as long as they become

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_options_known_only_when_it_runs() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        async def on_message(message, connection, room):
            opts = {"prefix": "k"}
            opts["limit"] = 1
            await room.storage.put({"k1": 1, "k2": 2})
            connection.send(str(await room.storage.list(opts)))
            connection.send(str(await room.storage.list(**opts)))
            connection.send(str(await room.storage.list({**opts, "reverse": True})))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_storage


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                opts = {"prefix": "k"}
                opts["limit"] = 1
                await self.room.storage.put({"k1": 1, "k2": 2})
                connection.send(str(await legacy_storage(self.room.storage).list(opts)))
                connection.send(str(await legacy_storage(self.room.storage).list(**opts)))
                connection.send(
                    str(await legacy_storage(self.room.storage).list({**opts, "reverse": True}))
                )


        default = Server
        """,
        outcome="residue",
        findings=("PK203", "PK203", "PK203"),
    )


def test_a_bound_list_with_options() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        async def on_message(message, connection, room):
            s = room.storage
            get, put = s.get, s.put
            await put("a", 1)
            deleteAll = s.deleteAll
            connection.send(str(await get("a")))
            await deleteAll()
            lst = room.storage.list
            connection.send(str(await lst({"prefix": "a"})))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_storage


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                s = self.room.storage
                get, put = s.get, s.put
                await put("a", 1)
                deleteAll = s.delete_all
                connection.send(str(await get("a")))
                await deleteAll()
                lst = legacy_storage(self.room.storage).list
                connection.send(str(await lst({"prefix": "a"})))


        default = Server
        """,
        outcome="residue",
        findings=("PK203",),
    )


def test_a_transaction_lists() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        async def on_message(message, connection, room):
            async def txn(t):
                n = await t.get("n") or 0
                await t.put("n", n + 1)
                await t.deleteAll() if n > 3 else None
                connection.send(str(await t.list({"prefix": "n"})))
                return n
            connection.send(str(await room.storage.transaction(txn)))
            connection.send(str(await room.storage.transaction(lambda t: t.get("n"))))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                async def txn(t):
                    n = await t.get("n") or 0
                    await t.put("n", n + 1)
                    await t.delete_all() if n > 3 else None
                    connection.send(str(await t.list(prefix="n")))
                    return n
                connection.send(str(await self.room.storage.transaction(txn)))
                connection.send(str(await self.room.storage.transaction(lambda t: t.get("n"))))


        default = Server
        """,
    )


def test_stubs() -> None:
    check_transformed(
        """
        from starlette.responses import Response
        from partykit.server import PartyKitServer


        async def on_message(message, connection, room):
            stub = room.parties.main.get("other")
            r = await stub.fetch({"method": "POST", "body": "x"})
            connection.send(r.text)
            r = await room.parties["main"].get("other").fetch("/sub", {"method": "POST", "body": "y", "headers": {"a": "b"}})
            r = await room.context.parties.main.get("other").fetch(method="POST", body="z")
            connection.send(r.text)
            opts = {"method": "POST", "body": "q"}
            connection.send((await stub.fetch(opts)).text)
            connection.send((await stub.fetch("/x", opts)).text)
            connection.send((await stub.fetch()).text)
            main = room.parties.main
            connection.send((await main.get("q").fetch()).text)
            connection.send(str("main" in room.parties))
            connection.send(str(list(room.parties)))


        def on_request(request, room):
            return Response(request.method + room.id + request.url.path)


        default: PartyKitServer = {"onMessage": on_message, "onRequest": on_request}
        """,
        """
        from starlette.responses import Response
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_stub


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                stub = self.room.context.parties["main"].get("other")
                r = await stub.fetch(method="POST", content="x")
                connection.send(r.text)
                r = await self.room.context.parties["main"].get("other").fetch("/sub", method="POST", content="y", headers={"a": "b"})
                r = (
                    await self.room.context.parties["main"]
                    .get("other")
                    .fetch(method="POST", content="z")
                )
                connection.send(r.text)
                opts = {"method": "POST", "body": "q"}
                connection.send((await legacy_stub(stub).fetch(opts)).text)
                connection.send((await legacy_stub(stub).fetch("/x", opts)).text)
                connection.send((await stub.fetch()).text)
                main = self.room.context.parties["main"]
                connection.send((await main.get("q").fetch()).text)
                connection.send(str("main" in self.room.context.parties))
                connection.send(str(list(self.room.context.parties)))

            def on_request(self, request):
                return Response(request.method + self.room.id + request.url.path)


        default = Server
        """,
        outcome="residue",
        findings=("PK203", "PK203"),
    )


def test_sockets_of_stubs() -> None:
    check_transformed(
        """
        import asyncio
        from partykit.server import PartyKitServer


        async def on_message(message, connection, room):
            if room.id != "room":
                return connection.send("back " + message)
            sock = await room.parties.main.get("other").socket()
            sock.addEventListener("message", lambda e: connection.send("via " + str(e.data)))
            sock.send("hi")
            s2 = room.parties.main.get("other2").connect()
            s2.addEventListener("message", lambda e: connection.send("via2 " + str(e.data)))
            s2.addEventListener("open", lambda: s2.send("yo"))
            await asyncio.sleep(1)
            sock.close()
            s2.close()


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        import asyncio
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_stub


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                if self.room.id != "room":
                    return connection.send("back " + message)
                sock = await self.room.context.parties["main"].get("other").socket()
                sock.add_event_listener(
                    "message", lambda e: connection.send("via " + str(e.data))
                )
                sock.send("hi")
                s2 = legacy_stub(self.room.context.parties["main"].get("other2")).connect()
                s2.add_event_listener(
                    "message", lambda e: connection.send("via2 " + str(e.data))
                )
                s2.add_event_listener("open", lambda: s2.send("yo"))
                await asyncio.sleep(1)
                sock.close()
                s2.close()


        default = Server
        """,
        outcome="residue",
        findings=("PK206",),
    )

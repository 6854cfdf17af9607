"""Values in calls of the standard library."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_partials_and_map() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        from functools import partial


        def send(room, text, connection):
            connection.socket.send(f"{text} {len(room.connections)}")


        def on_message(message, connection, room):
            p = partial(send, room, "p")
            p(connection)
            list(map(partial(send, room, "m"), room.connections.values()))
            list(map(lambda c: c.socket.send("l"), room.connections.values()))
            [send(room, "c", c) for c in room.connections.values()]
            sorted(room.connections.values(), key=lambda c: c.socket.id)


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        from functools import partial


        def send(room, text, connection):
            connection.send(f"{text} {len(room.get_connections())}")


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                p = partial(send, self.room, "p")
                p(connection)
                list(map(partial(send, self.room, "m"), self.room.get_connections()))
                list(map(lambda c: c.send("l"), self.room.get_connections()))
                [send(self.room, "c", c) for c in self.room.get_connections()]
                sorted(self.room.get_connections(), key=lambda c: c.id)


        default = Server
        """,
        findings=("PK301",),
    )


def test_queues() -> None:
    check_transformed(
        """
        import asyncio
        from partykit.server import PartyKitServer


        async def worker(queue):
            while True:
                room, connection = await queue.get()
                connection.socket.send(str(len(room.connections)))


        QUEUES = {}


        async def on_message(message, connection, room):
            q = asyncio.Queue()
            task = asyncio.create_task(worker(q))
            await q.put((room, connection))
            await asyncio.sleep(0.1)
            task.cancel()


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        import asyncio
        from partyserver import PartyServer, ServerOptions


        async def worker(queue):
            while True:
                room, connection = await queue.get()
                connection.send(str(len(room.get_connections())))


        QUEUES = {}


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                q = asyncio.Queue()
                task = asyncio.create_task(worker(q))
                await q.put((self.room, connection))
                await asyncio.sleep(0.1)
                task.cancel()


        default = Server
        """,
        findings=("PK301",),
    )


def test_tasks() -> None:
    check_transformed(
        """
        import asyncio
        from partykit.server import PartyKitServer


        async def a(room): return room


        async def b(room, c): return len(room.connections), c


        async def on_message(message, connection, room):
            r, (n, c) = await asyncio.gather(a(room), b(room, connection))
            c.socket.send(f"{n} {len(r.connections)}")
            t = asyncio.create_task(a(room))
            r2 = await t
            r3 = await asyncio.wait_for(a(room), 1)
            connection.send(str(len(r2.connections)))
            connection.send(str(len(r3.connections)))
            asyncio.get_running_loop().call_soon(lambda: connection.socket.send("soon"))
            asyncio.get_running_loop().call_later(0.1, later, room, connection)
            async with asyncio.TaskGroup() as tg:
                t = tg.create_task(a(room))
            connection.send(str(len(t.result().connections)))


        def later(room, connection):
            connection.socket.send(str(len(room.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        import asyncio
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        async def a(room): return room


        async def b(room, c): return len(room.get_connections()), c


        def later(room, connection):
            connection.send(str(len(room.get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                r, (n, c) = await asyncio.gather(a(self.room), b(self.room, connection))
                c.send(f"{n} {len(r.get_connections())}")
                t = asyncio.create_task(a(self.room))
                r2 = await t
                r3 = await asyncio.wait_for(a(self.room), 1)
                connection.send(str(len(legacy_room(r2).connections)))
                connection.send(str(len(r3.get_connections())))
                asyncio.get_running_loop().call_soon(lambda: connection.send("soon"))
                asyncio.get_running_loop().call_later(0.1, later, self.room, connection)
                async with asyncio.TaskGroup() as tg:
                    t = tg.create_task(a(self.room))
                connection.send(str(len(legacy_room(t.result()).connections)))


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208", "PK301"),
    )


def test_context_variables() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import contextvars
        ROOM = contextvars.ContextVar("room")


        def on_message(message, connection, room):
            ROOM.set(room)
            helper(connection)


        def helper(connection):
            connection.send(str(len(ROOM.get().connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions

        import contextvars
        ROOM = contextvars.ContextVar("room")


        def helper(connection):
            connection.send(str(len(ROOM.get().get_connections())))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                ROOM.set(self.room)
                helper(connection)


        default = Server
        """,
        findings=("PK301",),
    )


def test_weak_references() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import weakref
        SEEN = weakref.WeakSet()
        STATE = weakref.WeakKeyDictionary()


        def on_message(message, connection, room):
            SEEN.add(connection)
            STATE[room] = STATE.get(room, 0) + 1
            for c in SEEN: c.socket.send("seen")
            for r in STATE: connection.send(str(len(r.connections)))
            ref = weakref.ref(room)
            connection.send(str(len(ref().connections)))
            connection.send(str(STATE[room]))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room

        import weakref
        SEEN = weakref.WeakSet()
        STATE = weakref.WeakKeyDictionary()


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                SEEN.add(connection)
                STATE[self.room] = STATE.get(self.room, 0) + 1
                for c in SEEN: c.send("seen")
                for r in STATE: connection.send(str(len(r.get_connections())))
                ref = weakref.ref(self.room)
                connection.send(str(len(legacy_room(ref()).connections)))
                connection.send(str(STATE[self.room]))


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK301"),
    )


def test_callbacks() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        async def on_connect(connection, room):
            async def load():
                room.loaded = await room.storage.get("x") or 1
                return room
            r = await room.blockConcurrencyWhile(load)
            connection.send(str(len(r.connections)))
            connection.send(str(room.loaded))


        default: PartyKitServer = {"onConnect": on_connect}
        """,
        """
        from partyserver import PartyServer


        class Server(PartyServer):
            async def on_connect(self, connection, ctx):
                async def load():
                    self.room.loaded = await self.room.storage.get("x") or 1
                    return self.room
                r = await self.room.block_concurrency_while(load)
                connection.send(str(len(r.get_connections())))
                connection.send(str(self.room.loaded))


        default = Server
        """,
    )

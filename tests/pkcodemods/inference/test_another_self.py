"""Handlers of a class that read their room where `self` is another one."""

import textwrap

import pytest
from tests.pkcodemods.checks import check_transformed, migrated
from tests.pkcodemods.running import recorded

BODIES = {
    "a method of an inner class": """
        class Tick:
            def run(self, text=room.id):
                room.broadcast(text + room.id)
        Tick().run()
        """,
    "a property, a static and a class method of one": """
        class Tick:
            @property
            def name(self): return room.id
            @staticmethod
            def other(): return room.id
            @classmethod
            def third(cls): return room.id
        room.broadcast(Tick().name + Tick.other() + Tick.third())
        """,
    "an inner class that binds it": """
        class Tick:
            self = 3
            name = room.id
        room.broadcast(Tick.name)
        """,
    "an inner class whose comprehension binds it": """
        class Tick:
            names = [room.id for self in "ab"]
            def run(self): return [room.id for _ in "ab"]
        room.broadcast("".join(Tick().run() + Tick.names))
        """,
    "an inner function": """
        def run(self):
            room.broadcast(self + room.id)
        run("x")
        """,
    "functions within one": """
        def run(self):
            def deeper():
                def deepest(): return room.id + self
                return deepest()
            room.broadcast(deeper())
        run("x")
        """,
    "an asynchronous function": """
        async def run(self):
            room.broadcast(self + room.id)
        try:
            run("x").send(None)
        except StopIteration:
            pass
        """,
    "a generator": """
        def walk(self):
            yield room.id
            yield self
        room.broadcast("".join(walk("x")))
        """,
    "nonlocal": """
        def run(self):
            def inner():
                nonlocal self
                self = "n"
                room.broadcast(room.id + self)
            inner()
        run("x")
        """,
    "global": """
        def run():
            global self
            self = "g"
            room.broadcast(room.id + self)
        run()
        """,
    "a deletion": """
        def run(self):
            del self
            room.broadcast(room.id)
        run("x")
        """,
    "all positional arguments": "(lambda *self: room.broadcast(room.id + self[0]))('x')",
    "a keyword-only parameter": "(lambda *, self='k': room.broadcast(room.id + self))()",
    "all keyword arguments": "(lambda **self: room.broadcast(room.id + self['k']))(k='v')",
    "a lambda in a format string": "room.broadcast((lambda self: f'{room.id}{self}')('x'))",
    "a default, which is evaluated outside": "room.broadcast((lambda self=room.id: self)())",
    "a list": "room.broadcast(''.join([self + room.id for self in 'abc']))",
    "a dict": "room.broadcast(str({self: room.id for self in 'ab'}))",
    "a generator expression": "room.broadcast(' '.join(room.id + self for self in 'ab' if room))",
    "its first iterable": "room.broadcast(''.join(self.id for self in room.connections.values()))",
    "its second iterable": """
        room.broadcast(str([self + peer.id for self in 'ab' for peer in room.connections.values()]))
        """,
    "an exception": """
        def run():
            try:
                1 / 0
            except ZeroDivisionError as self:
                room.broadcast(str(self) + room.id)
        run()
        """,
    "a with statement": """
        import contextlib
        def run():
            with contextlib.nullcontext("x") as self:
                room.broadcast(self + room.id)
        run()
        """,
    "an import": """
        def run():
            import string as self
            room.broadcast(self.digits + room.id)
        run()
        """,
    "a loop": """
        def run():
            for key, self in room.connections.items():
                self.send(key + room.id)
        run()
        """,
    "a walrus": """
        def run():
            room.broadcast("".join([(self := each) + room.id for each in "ab"]) + self)
        run()
        """,
    "a pattern": """
        def run():
            match ["x"]:
                case [self]:
                    room.broadcast(self + room.id)
        run()
        """,
    "a function that is called so": """
        def run():
            def self(): return room.id
            room.broadcast(self())
        run()
        """,
    "an alias of the connections": """
        conns = room.connections
        class Peers:
            def ids(self):
                return [peer.id for peer in conns.values()]
        room.broadcast("".join(Peers().ids()))
        """,
    "an alias of them in a lambda": """
        conns = room.connections
        room.broadcast(str((lambda self: self in conns)("a")) + (lambda self: conns[self].id)("b"))
        """,
    "an alias of a view": """
        peers = room.connections.values()
        def run(self):
            for peer in peers:
                peer.send(self)
        run("x")
        """,
    "a declaration of the room's name": """
        def run(self):
            def inner():
                nonlocal room
                room.broadcast(room.id)
            inner()
        run("x")
        """,
    "one under the own self": """
        def run():
            nonlocal room
            room.broadcast(room.id)
        run()
        """,
    "a failing lookup": """
        def run(self):
            try:
                room.connections[self].send("x")
            except KeyError as error:
                room.broadcast(str(error))
        run("nobody")
        """,
}

LAYOUTS = {
    "a handler": """
class Chat:
    def onMessage(self, message, connection, room):
        {body}


default = Chat()
""",
    "an inherited one": """
class Base:
    async def onMessage(self, message, connection, room, /):
        '''Documented.'''
        {body}


class Chat(Base):
    pass


default = Chat()
""",
    "a method that a handler calls": """
class Chat:
    def onMessage(self, message, connection, room):
        self.tell(room, message)

    def tell(self, room, message):
        {body}


default = Chat()
""",
    "a function within one that has another self itself": """
class Chat:
    def onMessage(self, message, connection, room):
        def outer():
            def again(self):
                {body}
            again(3)
        outer()


default = Chat()
""",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_what_reads_the_room_under_another_self_reads_the_same(layout: str, body: str) -> None:
    indent = layout[: layout.index("{body}")].rpartition("\n")[2]
    inner = textwrap.indent(textwrap.dedent(body).strip(), indent).strip()
    source = layout.replace("{body}", inner)
    result = migrated(source)
    assert result.outcome == "rewritten"
    assert "chat = Chat()" not in result.code
    assert recorded(result.code) == recorded(source) != []


def test_the_room_keeps_its_name_where_self_is_another_one_and_only_there() -> None:
    check_transformed(
        """
        class Chat:
            def onMessage(self, message, connection, room):
                class Tick:
                    def run(self):
                        room.broadcast("tick")

                Tick().run()

            def onClose(self, connection, room):
                class Tick:
                    def run(self):
                        return "tock"

                room.broadcast(Tick().run())


        default = Chat()
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Chat(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                room = self.room

                class Tick:
                    def run(self):
                        room.broadcast("tick")

                Tick().run()

            def on_close(self, connection):
                class Tick:
                    def run(self):
                        return "tock"

                self.room.broadcast(Tick().run())


        default = Chat
        """,
    )


def test_a_function_that_is_moved_keeps_a_name_that_is_declared_within_it() -> None:
    """`nonlocal room` would be a syntax error without a `room`."""
    source = (
        "def on_message(message, connection, room):\n"
        "    def run():\n"
        "        nonlocal room\n"
        "        room.broadcast(room.id)\n"
        "    run()\n\n\n"
        "default = {'onMessage': on_message}\n"
    )
    result = migrated(source)
    assert "        room = self.room\n" in result.code
    assert recorded(result.code) == [("everyone", "the room")]


def test_an_alias_of_the_connections_that_is_declared_within_stays() -> None:
    source = (
        "def on_message(message, connection, room):\n"
        "    conns = room.connections\n"
        "    def run():\n"
        "        nonlocal conns\n"
        "        for peer in conns.values():\n"
        "            peer.send(peer.id)\n"
        "    run()\n\n\n"
        "default = {'onMessage': on_message}\n"
    )
    result = migrated(source)
    assert result.outcome == "residue"
    assert "            nonlocal conns\n            for peer in conns.values():\n" in result.code


def test_a_callback_that_calls_a_connection_self_makes_no_loop_over_the_own_one() -> None:
    """`for self in self.room.get_connections()` would raise an UnboundLocalError."""
    result = migrated(
        "class Chat:\n"
        "    def onMessage(self, message, connection, room):\n"
        "        def run():\n"
        "            room.connections.forEach(lambda self: self.send('x'))\n"
        "        run()\n\n\n"
        "default = Chat()\n"
    )
    assert "for self in" not in result.code
    assert [finding.code for finding in result.parties[0].findings] == ["PK202"]

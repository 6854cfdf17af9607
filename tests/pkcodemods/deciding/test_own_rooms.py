"""Methods of a class of handlers that need not be handed the room any more."""

import pytest
from tests.pkcodemods.checks import check_transformed, migrated, migrated_files
from tests.pkcodemods.running import recorded

PARTY = """
{before}


class Chat:
    async def onMessage(self, message, connection, room):
        {calls}

    {method}


default = Chat()
"""
TELL = "def tell(self, room, text='-'): room.broadcast(text + room.id)"
IMPORTS = "import asyncio, contextlib, functools"


def party(calls: str, method: str = TELL, before: str = IMPORTS) -> str:
    """A party with a handler of some statements, and some other method."""
    lines = {"calls": calls.replace("\n", "\n        "), "method": method.replace("\n", "\n    ")}
    return PARTY.format(before=before, **lines).lstrip("\n")


def test_a_method_that_is_handed_the_own_room_goes_without() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitConnection, PartyKitRoom


        class Chat:
            async def onMessage(self, message, connection, room):
                self._tell(room, message)
                await self._later(
                    connection,  # who
                    room,  # where
                )

            def onClose(self, connection, room):
                self._tell(text="bye", room=room)

            def _tell(
                self,
                room: PartyKitRoom,  # here
                text: str = "",  # what
            ) -> None:
                '''Tell everybody.'''
                for peer in room.connections.values():
                    peer.socket.send(text)

            async def _later(self, connection: PartyKitConnection, room: PartyKitRoom, /) -> None:
                self._tell(room, f"{connection.id} of {self._count(room=room)}")

            def _count(self, *, room):
                # type: (PartyKitRoom) -> int
                return len(room.connections)


        default = Chat()
        """,
        """
        from partyserver import Connection, PartyServer, ServerOptions


        class Chat(PartyServer):
            options = ServerOptions(hibernate=True)

            async def on_message(self, message, connection):
                self._tell(message)
                # where
                await self._later(
                    connection,  # who
                )

            def on_close(self, connection):
                self._tell(text="bye")

            # here
            def _tell(
                self,
                text: str = "",  # what
            ) -> None:
                '''Tell everybody.'''
                for peer in self.room.get_connections():
                    peer.send(text)

            async def _later(self, connection: Connection, /) -> None:
                self._tell(f"{connection.id} of {self._count()}")

            def _count(self):
                # type: () -> int
                return len(self.room.get_connections())


        default = Chat
        """,
        findings=("PK301",),
    )


GOES = [
    party("self.tell(room)"),
    party("self.tell(room, message)\nself.tell(room, text='x')\nself.tell(text='y', room=room)"),
    party("here = room\nthere = here\nself.tell(there)"),
    party("here: object = room\nself.tell(here)"),
    party("(lambda: self.tell(room))()"),
    party("[self.tell(room, each) for each in 'ab']"),
    party("def run():\n    def inner(): self.tell(room)\n    inner()\nrun()"),
    party("for peer in room.connections.values():\n    peer.send(str(self.tell(room)))"),
    party("room.broadcast(f'{self.tell(room)}, {self.tell(room, message)!r}')"),
    party("room.broadcast(f'{self.tell(room)=}'.replace('room', ''))"),
    party("await self.tell(room)", "async def tell(self, room): room.broadcast('x')"),
    party("await asyncio.create_task(self.tell(room))", "async def tell(self, room): room.broadcast('x')"),
    party(
        "async for x in self.tell(room): pass", "async def tell(self, room):\n    yield room.broadcast('x')"
    ),
    party("room.broadcast(''.join(self.tell(room)))", "def tell(self, room):\n    yield room.id"),
    party("self.tell('x', room)", "def tell(self, text, room): room.broadcast(text)"),
    party("self.tell('x', room, 1, 2)", "def tell(self, text, room, *rest): room.broadcast(str(rest))"),
    party("self.tell('x', room, a=1)", "def tell(self, text, room, **rest): room.broadcast(str(rest))"),
    party("self.tell('x', room=room)", "def tell(self, *rest, room): room.broadcast(str(rest))"),
    party("self.tell('x', room=room)", "def tell(self, text, *, room, **rest): room.broadcast(text)"),
    party("self.tell(room)", "def tell(self, room, /): room.broadcast('x')"),
    party("self.tell(room, 'x')", "def tell(self, room, /, text): room.broadcast(text)"),
    party("self.tell('x', room)", "def tell(self, text, /, room): room.broadcast(text)"),
    party("self.tell(room)", "def tell(self, room=None): room.broadcast('x')"),
    party(
        "self.tell(room, 2)",
        "def tell(self, room, n):\n    room.broadcast('x')\n    n and self.tell(room, n - 1)",
    ),
    party("self.__tell(room)", "def __tell(self, room): room.broadcast('x')"),
    party("self.tell(room)", "def tell(self, place): place.broadcast('x')"),
    party("self.tell(room)", "def tell(self, room): pass"),
    party("self.tell(room)", "def tell(self, room): (lambda: room.broadcast(room.id))()"),
    party(
        "with self.tell(room): pass",
        "@contextlib.contextmanager\ndef tell(self, room):\n    yield room.broadcast('x')",
    ),
    party(
        "self.tell(room)",
        "def tell(self, room):\n    conns = room.connections\n    conns['a'].send(str(len(conns)))",
    ),
    party("self.tell(room, room.connections['a'])", "def tell(self, room, peer): peer.send(room.id)"),
    party("functools.partial(self.tell, room)()"),
    party("functools.partial(self.tell, room)('x')\nfunctools.partial(self.tell, room, 'y')()"),
    party("list(map(functools.partial(self.tell, room), 'ab'))"),
    party(
        "functools.partial(self.tell, room=room)('x')", "def tell(self, text, *, room): room.broadcast(text)"
    ),
    party("await asyncio.to_thread(self.tell, room, 'x')"),
    party("asyncio.get_running_loop().call_soon(self.tell, room)\nawait asyncio.sleep(0)"),
    party(
        "loop = asyncio.get_event_loop()\nloop.call_later(0, self.tell, room, 'x')\nawait asyncio.sleep(0.01)"
    ),
    party("await asyncio.get_running_loop().run_in_executor(None, self.tell, room)"),
    party("room.connections['a'].send(self.tell(room, 'x'))", "def tell(self, room, text): return room.id"),
]


@pytest.mark.parametrize("source", GOES)
def test_the_room_goes(source: str) -> None:
    result = migrated(source)
    assert result.outcome == "rewritten"
    (line,) = (line for line in result.code.splitlines() if "def tell(" in line or "def __tell(" in line)
    parameters = line.partition(":")[0]
    assert "room" not in parameters
    assert "place" not in parameters
    assert "tell(self.room" not in result.code
    assert "tell, self.room" not in result.code
    assert recorded(result.code) == recorded(source)


def test_a_room_that_is_handed_over_twice_goes_once() -> None:
    source = party("self.tell(room, room)", "def tell(self, room, again): again.broadcast(room.id)")
    code = migrated(source).code
    assert "self.tell(self.room)" in code
    assert "def tell(self, again): again.broadcast(self.room.id)" in code
    assert recorded(code) == recorded(source)


OTHER = f"""{IMPORTS}


class Other:
    id = 'other'

    def broadcast(self, text):
        print(text)"""
RUN = "class Run:\n    def tell(self, room): room.broadcast('x')\n    def run(self): self.tell(room)"

STAYS = {
    "nothing calls it": party("pass"),
    "another room": party("self.tell(room)\nself.tell(Other())", before=OTHER),
    "one of two rooms": party("room = room if message else Other()\nself.tell(room)", before=OTHER),
    "an unknown room": party("def run(room): self.tell(room)\nrun(room)"),
    "a room out of a loop": party("for room in [room]: self.tell(room)"),
    "an attribute": party("self.tell(room.context)\nself.tell(room)", "def tell(self, room): pass"),
    "its default": party("self.tell(room)\nself.tell()", "def tell(self, room=None): pass"),
    "a default that runs": party("self.tell(room)", "def tell(self, room=print()): room.broadcast('x')"),
    "a value": party("self.tell(room)\nkeep = self.tell\nkeep(room)"),
    "a partial without it": party("functools.partial(self.tell)(room)"),
    "a partial with it by name": party("functools.partial(self.tell, room=room)()"),
    "a partial of a list": party("functools.partial(self.tell, *[room])()"),
    "a callback that is called with something": party("list(map(self.tell, [room]))"),
    "an argument of a partial": party("functools.partial(print, self.tell, room)\nself.tell(room)"),
    "a loop of one's own": party(
        "Loop().call_soon(self.tell, room)",
        before=f"{IMPORTS}\nclass Loop:\n    def call_soon(self, f, room): f(room)",
    ),
    "a callback": party("functools.reduce(self.tell, 'xy', room)", "def tell(self, room, text): return room"),
    "an alias in the class": party("self.again(room)\nself.tell(room)", f"{TELL}\nagain = tell"),
    "an argument list": party("self.tell(*[room, message])"),
    "keyword arguments": party("self.tell(**{'room': room})"),
    "a name that is bound again": party(
        "self.tell(room)", "def tell(self, room):\n    room.broadcast('x')\n    room = 1"
    ),
    "a name that is deleted": party(
        "self.tell(room)", "def tell(self, room):\n    room.broadcast('x')\n    del room"
    ),
    "a name in a quoted annotation": party(
        "self.tell(room)",
        "def tell(self, room):\n    def run(x: 'room'): x.broadcast('x')\n    run(room)",
    ),
    "a decorator": party("self.tell(room)", f"@log\n{TELL}", before="def log(f): return f"),
    "a static method": party("self.tell(room)", "@staticmethod\ndef tell(room): room.broadcast('x')"),
    "a class method": party("self.tell(room)", "@classmethod\ndef tell(cls, room): room.broadcast('x')"),
    "another name for self": party("self.tell(room)", "def tell(this, room): room.broadcast('x')"),
    "a lambda": party("self.tell(room)", "tell = lambda self, room: room.broadcast('x')"),
    "two of the name": party("self.tell(room)", f"if asyncio:\n    {TELL}\nelse:\n    {TELL}"),
    "one in a condition": party("self.tell(room)", f"if asyncio:\n    {TELL}"),
    "a mangled name": party(
        "self.__tell(room)\nself._Chat__tell(room)", "def __tell(self, room): room.broadcast('x')"
    ),
    "a text that names it": party("self.tell(room)", before="TARGET = 'app.Chat.tell'"),
}


@pytest.mark.parametrize("source", STAYS.values(), ids=STAYS.keys())
def test_the_room_stays_where_it_may_be_another_one(source: str) -> None:
    result = migrated(source)
    assert result.outcome in ("rewritten", "residue")
    assert recorded(result.code) == recorded(source)
    assert "tell()" not in result.code or "self.tell()" in source
    assert "tell(self)" not in result.code


def test_another_object_that_is_called_self_keeps_its_own() -> None:
    source = party(f"{RUN}\nRun().run()\n(lambda self: self.tell(room))(Run())\nself.tell(room)")
    code = migrated(source).code
    assert "def run(self): self.tell(room)" in code
    assert "(lambda self: self.tell(room))(Run())" in code
    assert "        self.tell()\n" in code
    assert recorded(code) == recorded(source)


FAMILY = """
import abc


class Base(abc.ABC):
    def onMessage(self, message, connection, room):
        self.greet(room, connection)
        self.tell(message, room)

    @abc.abstractmethod
    def greet(self, {greeted}): ...

    def tell(self, text, room):
        room.broadcast(text)


class Mixin(Base):
    def tell(self, text, room):
        super().tell(text + "!", room)
        self.count(room)

    def count(self, room):
        room.broadcast(str(len(room.connections)))


class Chat(Mixin):
    def greet(self, room, connection):
        connection.send(room.id)


default = Chat()
""".lstrip("\n")


def test_methods_that_override_each_other_go_without_it_together() -> None:
    source = FAMILY.replace("{greeted}", "room, connection")
    code = migrated(source).code
    for text in (
        "def greet(self, connection): ...",
        "def greet(self, connection):\n",
        "def tell(self, text):\n",
        'super().tell(text + "!")\n',
        "self.count()\n",
        "def count(self):\n",
    ):
        assert text in code
    assert recorded(code) == recorded(source)


def test_methods_that_override_each_other_keep_it_together() -> None:
    """Here one of them takes it in another place."""
    source = FAMILY.replace("{greeted}", "connection, room")
    code = migrated(source).code
    assert "def greet(self, connection, room): ..." in code
    assert "def greet(self, room, connection):" in code
    assert "self.greet(self.room, connection)" in code
    assert "def tell(self, text):\n" in code
    assert recorded(code) == recorded(source)


FILES = {
    "base.py": """
        class Base:
            def onMessage(self, message, connection, room):
                self.tell(room, message)

            def tell(self, room, text):
                room.broadcast(text)
        """,
    "one.py": """
        from base import Base


        class One(Base):
            def tell(self, room, text):
                super().tell(room, "one: " + text)


        default = One()
        """,
    "two.py": """
        from partykit.server import PartyKitServer

        import base


        class Two(base.Base):
            def onClose(self, connection, room):
                self.tell(room, "bye")


        default: PartyKitServer = Two()
        """,
}


def test_classes_in_several_files() -> None:
    codes = {path: result.data.decode() for path, result in migrated_files(FILES).items()}
    assert "    def tell(self, text):\n        self.room.broadcast(text)\n" in codes["base.py"]
    assert "        self.tell(message)\n" in codes["base.py"]
    assert '    def tell(self, text):\n        super().tell("one: " + text)\n' in codes["one.py"]
    assert '        self.tell("bye")\n' in codes["two.py"]
    ran = [recorded(codes[name], modules={"base": codes["base.py"]}) for name in ("one.py", "two.py")]
    assert ran == [[("everyone", "one: hello")], [("everyone", "hello")]]


def test_one_file_that_hands_another_room_keeps_it_in_all() -> None:
    other = FILES["two.py"].replace('self.tell(room, "bye")', 'self.tell(connection.room, "bye")')
    codes = {path: result.data.decode() for path, result in migrated_files(FILES | {"two.py": other}).items()}
    assert "    def tell(self, room, text):\n        room.broadcast(text)\n" in codes["base.py"]
    assert "        self.tell(self.room, message)\n" in codes["base.py"]
    assert 'super().tell(room, "one: " + text)' in codes["one.py"]


@pytest.mark.parametrize(
    "use",
    [
        "from one import One\n\nOne().tell(object(), 'x')\n",
        "from one import default\n\ndefault.tell(object(), 'x')\n",
        "import one\n\none.default.tell(object(), 'x')\n",
        "from base import Base\n\n\nclass Third(Base):\n    def run(self, r):\n        self.tell(r, 'x')\n",
        "from base import Base\n\nBase.tell(Base(), object(), 'x')\n",
        "from unittest import mock\n\nimport one\n\nmock.patch('base.Base.tell')\n",
    ],
)
def test_what_other_files_use_takes_the_room_as_before(use: str) -> None:
    results = migrated_files({**FILES, "use.py": use})
    assert "    def tell(self, room, text):\n" in results["base.py"].data.decode()

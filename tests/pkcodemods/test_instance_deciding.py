"""Which handler classes can become the party itself."""

import pytest
from tests.pkcodemods.checks import check_transformed, migrated

CLASS = """class Chat:
    def on_connect(self, connection, room):
        room.broadcast("hi")
{}

default = Chat()
"""


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (CLASS.format("        self.count = 1"), "`self.count` is shared by all rooms"),
        (CLASS.format("        self.count += 1"), "`self.count` is shared by all rooms"),
        (CLASS.format("        register(self)"), "it hands `self` on"),
        (CLASS.format("        self.__dict__['a'] = 1"), "`self.__dict__` is shared by all rooms"),
        (
            "import functools\n" + CLASS.format("    @functools.cached_property\n    def a(self): ..."),
            "`a` remembers for all rooms",
        ),
        (
            "from functools import lru_cache\n" + CLASS.format("    @lru_cache(8)\n    def a(self): ..."),
            "`a` remembers for all rooms",
        ),
        (CLASS.format("        self = None"), "it binds `self` anew"),
        (CLASS.format("        super().on_connect()"), "`super` would find another class"),
        (CLASS.format("        print(__class__)"), "`__class__` would find another class"),
        (CLASS.format("    def __init__(self): ..."), "its constructor runs once for all rooms"),
        (CLASS.format("    def __getattr__(self, name): ..."), "its `__getattr__` would change"),
        (CLASS.format("    def __bool__(self): ..."), "its `__bool__` would change"),
        (CLASS.format("    room = 3"), "its `room` would be taken for PartyServer's"),
        (CLASS.format("    def on_start(self): ..."), "its `on_start` would be taken for PartyServer's"),
        (CLASS.format("    def f(self): self.on_connect(1, 2)"), "`on_connect` is called by other code too"),
        (CLASS.format("    on_close = print"), "`on_close` is no method"),
        (CLASS.format("    @classmethod\n    def on_close(cls, c, r): ..."), "`on_close` is no plain method"),
        (CLASS.format("").replace("Chat:", "Chat(Base):"), "it has a base class of its own"),
        (CLASS.format("").replace("Chat:", "Chat(metaclass=M):"), "it has a base class of its own"),
        ("@register\n" + CLASS.format(""), "it has a decorator"),
        (CLASS.format("").replace("Chat()", "Chat(1)"), "it is made with arguments"),
        (
            "if 1:\n"
            + CLASS.format("")
            .replace("\n", "\n    ")
            .replace("    default", "default")
            .replace("class", "    class"),
            "it is not a plain class",
        ),
        (
            CLASS.format("    async def on_before_connect(self, request): return self"),
            "`on_before_connect` uses `self`",
        ),
    ],
)
def test_what_keeps_a_class_from_becoming_the_party(source: str, why: str) -> None:
    result = migrated(source)
    assert result.outcome == "wrapped"
    assert "default = legacy_to_class(Chat(" in result.code
    (finding,) = [f for f in result.parties[0].findings if f.code == "PK109"]
    assert why in finding.message


def test_what_does_not() -> None:
    check_transformed(
        """
        from functools import cached_property


        class Chat(object):
            '''Doc.'''

            __slots__ = ()
            __secret = 3
            greeting: str = "hi"  # shown

            # not a handler
            @property
            def loud(self):
                return self.greeting.upper()

            @staticmethod
            def shout(text):
                return text + "!" * 3

            @classmethod
            def make(cls):
                return cls.greeting

            def __repr__(self):
                return "chat"

            async def onConnect(self, connection, room):
                room = room
                connection.send(self.shout(self.loud) + room.id)

            @staticmethod
            async def on_fetch(request):
                return None


        default = Chat()
        """,
        """
        from functools import cached_property

        from partyserver import PartyServer


        class Chat(PartyServer):
            '''Doc.'''

            __slots__ = ()
            __secret = 3
            greeting: str = "hi"  # shown

            # not a handler
            @property
            def loud(self):
                return self.greeting.upper()

            @staticmethod
            def shout(text):
                return text + "!" * 3

            @classmethod
            def make(cls):
                return cls.greeting

            def __repr__(self):
                return "chat"

            async def on_connect(self, connection, ctx):
                room = self.room
                room = room
                connection.send(self.shout(self.loud) + room.id)

            @staticmethod
            async def on_fetch(request, lobby, ctx):
                return None


        default = Chat
        """,
    )

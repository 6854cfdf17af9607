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
    "source",
    [
        CLASS.format("        self.count = 1"),
        CLASS.format("        self.count += 1"),
        CLASS.format("        register(self)"),
        "import functools\n" + CLASS.format("    @functools.cached_property\n    def a(self): ..."),
        "from functools import lru_cache\n" + CLASS.format("    @lru_cache(8)\n    def a(self): ..."),
        CLASS.format("        self = None"),
        CLASS.format("        super().on_connect()"),
        CLASS.format("        print(__class__)"),
        CLASS.format("    def __init__(self): ..."),
        CLASS.format("    def __bool__(self): ..."),
        CLASS.format("    room = 3"),
        CLASS.format("    def on_start(self): ..."),
        CLASS.format("    def f(self): self.on_connect(1, 2)"),
        CLASS.format("    @classmethod\n    def on_close(cls, c, r): ..."),
        "import dataclasses\n@dataclasses.dataclass\n" + CLASS.format("    limit: int = 3"),
        CLASS.format("").replace("Chat()", "Chat(1)"),
        "if 1:\n    " + CLASS.format("").replace("\n    ", "\n        "),
        CLASS.format("    async def on_before_connect(self, request): return self"),
    ],
)
def test_an_instance_that_cannot_become_the_party_stays_and_is_called(source: str) -> None:
    """What it keeps goes on being shared by all rooms."""
    result = migrated(source)
    assert result.outcome == "rewritten"
    assert "chat = Chat(" in result.code
    assert "chat.on_connect(connection, self.room)" in result.code


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (CLASS.format("        self.__dict__['a'] = 1"), "`self.__dict__` is shared by all rooms"),
        (CLASS.format("    def __getattr__(self, name): ..."), "its `__getattr__` would change"),
        (CLASS.format("    on_close = print"), "`on_close` is no method"),
        (CLASS.format("").replace("Chat:", "Chat(Base):"), "it has a base class of its own"),
        (CLASS.format("").replace("Chat:", "Chat(metaclass=M):"), "it has a base class of its own"),
        ("@register\n" + CLASS.format(""), "it has a decorator"),
    ],
)
def test_an_instance_whose_handlers_are_not_certain_is_wrapped(source: str, why: str) -> None:
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

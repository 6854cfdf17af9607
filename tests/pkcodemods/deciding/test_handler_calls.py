"""Calls of handlers within the classes that become a party."""

import pytest
from tests.pkcodemods.checks import migrated

CHAIN = """class Base:
    def onConnect(self, connection, room):
        connection.send("hi")

    def onMessage(self, message, connection, room, loud=False):
        room.broadcast(message.upper() if loud else message)

    def onClose(self, connection, room, mark="."):
        room.broadcast(mark)


class Chat(Base):
    def {}


default = Chat()
"""


@pytest.mark.parametrize(
    ("method", "after"),
    [
        (
            "onConnect(self, c, r):\n        super().onConnect(c, r)",
            "on_connect(self, c, ctx):\n        super().on_connect(c, ctx)",
        ),
        (
            "onConnect(self, c, r, context):\n        Base.onConnect(self, c, r)",
            "on_connect(self, c, context):\n        Base.on_connect(self, c, context)",
        ),
        (
            "onConnect(self, c, r):\n        ctx = 1\n        super().onConnect(c, room=r)",
            "on_connect(self, c, _ctx):\n        ctx = 1\n        super().on_connect(c, _ctx)",
        ),
        (
            "onClose(self, connection, room):\n        self.onMessage('bye', connection, room, loud=True)",
            "on_close(self, connection):\n        self.on_message('bye', connection, loud=True)",
        ),
        (
            "onClose(self, connection, room):\n        self.onMessage('bye', connection, room, True)",
            "on_close(self, connection):\n        self.on_message('bye', connection, True)",
        ),
        (
            "onClose(self, connection, room):\n        super().onClose(connection, room)",
            "on_close(self, connection):\n        super().on_close(connection)",
        ),
        (
            "onMessage(self, m, c, r):\n        super().onMessage(message=m, room=r, connection=c)",
            "on_message(self, m, c):\n        super().on_message(message=m, connection=c)",
        ),
    ],
)
def test_a_call_becomes_one_of_the_class_form(method: str, after: str) -> None:
    result = migrated(CHAIN.format(method))
    assert result.outcome == "rewritten"
    assert f"    def {after}\n" in result.code
    assert "class Base(PartyServer):" in result.code


@pytest.mark.parametrize(
    "method",
    [
        "onClose(self, connection, room):\n        self.onConnect(connection, room)",  # no context at hand
        "onClose(self, connection, room):\n        self.onMessage('a', connection, other)",
        "onClose(self, *args):\n        super().onClose(*args)",
        "onClose(self, connection, room):\n        f = self.onMessage\n        f('a', connection, room)",
        "onConnect(self, c, r=None): ...\n\n    def onClose(self, c, r):\n        self.onConnect(c)",
        "helper(self, connection, room):\n        self.onMessage('a', connection, room)",
        "onClose(self, c, room):\n        room = room\n        self.onMessage('a', c, room)",
    ],
)
def test_where_there_is_no_such_call_the_party_delegates(method: str) -> None:
    result = migrated(CHAIN.format(method))
    assert result.outcome == "rewritten"
    assert "class Base:\n    def onConnect(self, connection, room):" in result.code
    assert "        chat.onMessage(message, connection, self.room)\n" in result.code
    assert "pkcompat" not in result.code

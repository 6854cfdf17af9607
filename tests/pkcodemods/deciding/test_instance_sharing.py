"""Instances of handler classes that stay, and to whose methods the party's own delegate."""

import pytest
from tests.pkcodemods.checks import check_transformed, migrated, migrated_files

from pkcodemods.deciding.instance_sharing import snake_case

CLASS = """class Chat:
    def __init__(self):
        self.count = 0

    def on_connect(self, connection, room):
        self.count += 1
        room.broadcast(str(self.count))
"""


def test_an_instance_that_other_code_reads_stays_what_it_is() -> None:
    check_transformed(
        CLASS
        + "\n\nchat = Chat()  # one for all rooms\ndefault = chat\n\n\ndef count():\n    return chat.count\n",
        """
        from partyserver import PartyServer


        class Chat:
            def __init__(self):
                self.count = 0

            def on_connect(self, connection, room):
                self.count += 1
                room.broadcast(str(self.count))


        chat_handlers = Chat()


        class ChatServer(PartyServer):
            def on_connect(self, connection, ctx):
                chat_handlers.on_connect(connection, self.room)


        chat = ChatServer  # one for all rooms
        default = chat


        def count():
            return chat_handlers.count
        """,
    )


@pytest.mark.parametrize(
    "more",
    [
        "default = Chat()\nprint(default.count)\n",
        "default = lobby = Chat()\nprint(lobby.count)\n",
        "default = Chat()\nother = Chat()\n",
        "default = Chat()\nisinstance(default, Chat)\n",
        "default = Chat()\n\n\ndef make() -> Chat:\n    return Chat()\n",
        "class Loud(Chat):\n    pass\n\n\ndefault = Loud()\n",
        "class Loud(Chat):\n    onClose = greet = Chat.on_connect\n\n\ndefault = Chat()\nprint(default)\n",
    ],
)
def test_whatever_else_is_done_with_it(more: str) -> None:
    result = migrated(f"{CLASS}\n\n{more}")
    assert result.outcome == "rewritten"
    assert "class Chat:\n" in result.code
    assert "pkcompat" not in result.code


@pytest.mark.parametrize(
    "more",
    [
        "default = Chat()\ndefault.on_connect = print\n",
        "default = Chat()\ndefault.onClose = print\n",
        "default = Chat()\nsetattr(default, name, print)\n",
        "class Loud(Chat):\n    def __getattr__(self, name): ...\n\n\ndefault = Loud()\n",
        "class Loud(Chat, Missing):\n    pass\n\n\ndefault = Loud()\n",
        "class Loud(Chat, metaclass=Made):\n    pass\n\n\ndefault = Loud()\n",
    ],
)
def test_an_instance_whose_handlers_may_change_is_wrapped(more: str) -> None:
    result = migrated(f"{CLASS}\n\n{more}")
    assert result.outcome == "wrapped"
    assert "legacy_to_class(" in result.code


@pytest.mark.parametrize(
    "line",
    [
        "vars(self).update(onMessage=print)",
        "object.__setattr__(self, 'onMessage', print)",
        "super().__setattr__('onMessage', print)",
        "self.__class__ = dict",
        "self.__dict__['onMessage'] = print",
    ],
)
def test_an_instance_that_may_get_handlers_otherwise_is_wrapped(line: str) -> None:
    result = migrated(
        CLASS.replace("self.count = 0", f"self.count = 0\n        {line}") + "\n\ndefault = Chat()\n"
    )
    assert (result.outcome, [finding.code for finding in result.parties[0].findings]) == (
        "wrapped",
        ["PK109"],
    )


@pytest.mark.parametrize(
    "line",
    [
        "object.__setattr__(self, 'count', 1)",
        "self.name = self.__class__.__name__",
        "print(vars())",
        "from importlib.metadata import version",
        "import importlib.metadata.nothing as it",
    ],
)
def test_what_gives_no_handlers_is_harmless(line: str) -> None:
    result = migrated(
        CLASS.replace("self.count = 0", f"self.count = 0\n        {line}") + "\n\ndefault = Chat()\n"
    )
    assert (result.outcome, result.parties[0].findings) == ("rewritten", ())


def test_a_method_of_two_names_stays_one() -> None:
    result = migrated(
        "class Chat:\n    def on_connect(self, c, room): ...\n\n    on_close = on_connect\n\n\n"
        "default = Chat()\n"
    )
    assert result.outcome == "rewritten"
    assert "        chat.on_close(c, self.room)\n" in result.code


def test_a_base_that_a_test_calls_with_its_own_objects_serves_both() -> None:
    base = "class Base:\n    def on_connect(self, c, room):\n        c.send(str(len(room.connections)))\n"
    results = migrated_files(
        {
            "base.py": base,
            "party.py": "from base import Base\n\n\nclass Chat(Base): ...\n\n\ndefault = Chat()\n",
            "test_base.py": "from base import Base\n\nBase().on_connect(Fake(), Fake())\n",
        }
    )
    assert results["party.py"].outcome == "rewritten"
    assert results["base.py"].outcome == "residue"
    assert b"legacy_room(room).connections" in results["base.py"].data


def test_readers_in_other_files_read_the_instance() -> None:
    results = migrated_files(
        {
            "chat.py": CLASS + "\n\ndefault = Chat()\n",
            "report.py": "from chat import default\n\n\ndef report():\n    return default.count\n",
        }
    )
    assert results["chat.py"].outcome == "rewritten"
    assert results["report.py"].data.decode() == (
        "from chat import chat\n\n\ndef report():\n    return chat.count\n"
    )


@pytest.mark.parametrize(
    ("name", "snake"),
    [("Chat", "chat"), ("ChatRoom", "chat_room"), ("HTTPParty", "httpparty"), ("_Own", "own")],
)
def test_the_instance_is_named_after_its_class(name: str, snake: str) -> None:
    assert snake_case(name) == snake

"""The class of a party has the best name that nothing else has."""

from __future__ import annotations

import builtins
import itertools
import keyword
import re

import pytest
from tests.differential.both_forms import party_of, transcript_of
from tests.pkcodemods.checks import migrated, migrated_files
from tests.pkcodemods.importing import import_problems

from pkcodemods import Settings
from pkcompat.traffic.steps import Connect, Send, Traffic

PARTY = """\
def on_connect(connection, room):
    room.broadcast("hi")


default = {"onConnect": on_connect}
"""
TRAFFIC = Traffic("main", (Connect("a", "/party/room?_pk=a"), Send("a", "one")))


def classes(code: str) -> list[str]:
    """The names of the parties' classes, in their order."""
    return re.findall(r"^class (\w+)\(\w*PartyServer\w*\)", code, re.MULTILINE)


def class_of(source: str, path: str = "chat.py") -> str:
    (name,) = classes(migrated(source, path=path).code)
    return name


@pytest.mark.parametrize(
    "taken",
    [
        "from models import Chat",
        "from models import Message as Chat",
        "import Chat",
        "class Chat: ...",
        "Chat = dict[str, str]",
        "def f():\n    from models import Chat\n    return Chat()",
        "def f():\n    Chat = 1\n    return Chat",
        "class C:\n    Chat: int = 3",
        "try:\n    from models import Chat\nexcept ImportError:\n    Chat = None",
        "if __debug__:\n    class Chat: ...",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from models import Chat",
    ],
)
def test_a_name_of_the_module_is_not_taken(taken: str) -> None:
    assert class_of(f"{taken}\n\n\n{PARTY}") == "ChatServer"
    assert class_of(f"{PARTY}\n\n{taken}\n") == "ChatServer"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("room", "RoomServer"),
        ("connection", "ConnectionServer"),
        ("request", "RequestServer"),
        ("party_server_options", "PartyServerOptions"),
        ("server_options", "ServerOptionsServer"),
        ("host", "HostServer"),
        ("warning", "WarningServer"),
        ("none", "NoneServer"),
        ("true", "TrueServer"),
    ],
)
def test_names_of_partyserver_of_python_and_keywords_are_not_taken(file: str, name: str) -> None:
    assert class_of(PARTY, f"{file}.py") == name


def test_parties_of_one_module_have_names_of_their_own_in_either_order() -> None:
    exports = ['chat = {"onConnect": on_connect}\n', 'default = {"onClose": on_connect}\n']
    functions = "def on_connect(connection, room):\n    room.broadcast('hi')\n\n\n"
    for order in itertools.permutations(exports):
        code = migrated(functions + "".join(order), path="chat.py").code
        assert sorted(classes(code)) == ["Chat", "ChatServer"]
        assert re.search(r"^chat = Chat$", code, re.MULTILINE)
        assert re.search(r"^default = ChatServer$", code, re.MULTILINE)


def test_a_party_that_is_a_class_already_keeps_its_name() -> None:
    source = f"from partyserver import PartyServer\n\n\nclass Chat(PartyServer): ...\n\n\n{PARTY}"
    assert classes(migrated(source, path="chat.py").code) == ["Chat", "ChatServer"]


def test_the_partys_name_goes_before_the_files() -> None:
    settings = Settings(party_names={"src/rooms.py": "my-game", "src/main.py": "main"})
    found = {
        path: classes(migrated(PARTY, path=path, settings=settings).code)
        for path in ("src/rooms.py", "rooms.py", "src/main.py")
    }
    assert found == {"src/rooms.py": ["MyGame"], "rooms.py": ["Rooms"], "src/main.py": ["Server"]}


def class_in(files: dict[str, str], path: str = "chat.py") -> str:
    (name,) = classes(migrated_files(files)[path].data.decode())
    return name


def test_what_a_star_brings_into_the_module_is_not_hidden() -> None:
    models = {"models.py": "class Chat: ...\n"}
    through = {"models.py": "from deep import *\n", "deep.py": "class Chat: ...\n"}
    reader = {"reader.py": "from chat import Chat, default\n"}
    assert class_in({"chat.py": f"from models import *\n\n\n{PARTY}", **models}) == "ChatServer"
    assert class_in({"chat.py": f"from models import *\n\n\n{PARTY}", **through, **reader}) == "ChatServer"


def test_a_star_does_not_bring_the_class_to_where_its_name_means_something_else() -> None:
    party = {"app/chat.py": PARTY, "app/models.py": "class Chat: ...\n"}
    imports = ["from .chat import *\n", "from .models import Chat\n", "from .models import *\n"]
    for order in itertools.permutations(imports):
        assert class_in({**party, "app/__init__.py": "".join(order)}, "app/chat.py") == "ChatServer"
    for first, second in (imports[:2], imports[1::-1], imports[::2], imports[::-2]):
        assert class_in({**party, "app/__init__.py": first + second}, "app/chat.py") == "ChatServer"
    assert class_in({**party, "app/__init__.py": imports[0]}, "app/chat.py") == "Chat"
    further = {"app/__init__.py": imports[0], "main.py": "from app import *\n\nChat = 1\n"}
    assert class_in({**party, **further}, "app/chat.py") == "ChatServer"


def test_what_others_try_to_import_goes_on_to_be_what_it_was() -> None:
    reader = "try:\n    from chat import Chat\nexcept ImportError:\n    Chat = None\n"
    assert class_in({"chat.py": PARTY, "reader.py": reader}) == "ChatServer"
    package = {
        "board/__init__.py": PARTY,
        "board/Board.py": "x = 1\n",
        "reader.py": "from board import Board\n",
    }
    assert class_in(package, "board/__init__.py") == "BoardServer"


CONTENTS = {
    "plain": PARTY,
    "typed": """\
from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping
from typing import Any

from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer


def each(room: PartyKitRoom, tell: Callable[[PartyKitConnection], Any]) -> None:
    for connection in room.connections.values():
        tell(connection)


async def on_message(message: t.Any, connection: PartyKitConnection, room: PartyKitRoom) -> None:
    seen: Mapping[str, Any] = {"text": message}
    each(room, lambda peer: peer.socket.send(f"{seen['text']} {peer.id}"))


default: PartyKitServer = {"onMessage": on_message}
""",
    "stars": """\
from partykit.server import *


def on_connect(c: PartyKitConnection, room: PartyKitRoom):
    c.send(str(isinstance(room, PartyKitRoom)))


default: PartyKitServer = {"onConnect": on_connect}
""",
    "the module": """\
from partykit.server import PartyKitRoom


def on_connect(connection, room: PartyKitRoom):
    connection.send(room.id)
""",
    "an instance": """\
class Handlers:
    def onConnect(self, connection, room):
        room.broadcast("hi")


default = Handlers()
""",
    "a handler that others use": """\
def on_connect(connection, room):
    room.broadcast("hi")


def on_message(message, connection, room):
    on_connect(connection, room)


default = dict(onConnect=on_connect, onMessage=on_message)
""",
}
STEMS = sorted(
    {
        *(word.lower() for word in keyword.kwlist),
        *(name for name in vars(builtins) if name.isidentifier() and name[0].isupper() and len(name) < 12),
        *(
            "any",
            "callable",
            "mapping",
            "t",
            "self",
            "room",
            "storage",
            "lobby",
            "cron",
            "on_connect",
            "handlers",
        ),
        *("party_kit_room", "party_kit_server", "party_server", "options", "annotations", "type_checking"),
        *(
            "legacy_to_class",
            "partykit",
            "typing",
            "default",
            "each",
            "message",
            "my-game",
            "01",
            "test_chat",
        ),
    }
)


@pytest.mark.parametrize("kind", CONTENTS)
def test_whatever_the_file_is_called_its_class_imports_and_behaves_as_the_object_did(kind: str) -> None:
    source = CONTENTS[kind]
    old = transcript_of(party_of(source, "default" if "default" in source else ""), TRAFFIC)
    made = {migrated(source, path=f"app/{stem}.py").code for stem in STEMS}
    assert len(made) > 30 or kind == "an instance"
    for code in made:
        assert transcript_of(party_of(code, "default"), TRAFFIC) == old
    assert not any(import_problems([({"party_module.py": code}, "party_module") for code in sorted(made)]))

"""Modules that are named in strings: what they name there stays bound."""

import pytest
from tests.pkcodemods.checks import migrated_files

from pkcodemods.source.import_scanning import imported_names

CHAT = """
    from partykit.server import PartyKitConnection, PartyKitRoom


    def on_message(message: str, connection: PartyKitConnection, room: PartyKitRoom) -> None:
        room.broadcast(message)


    def on_close(connection: PartyKitConnection, room: PartyKitRoom) -> None:
        room.broadcast("bye")


    default = {"onMessage": on_message, "onClose": on_close}
"""
USES = [
    ("from app.parties.chat import on_message", False),
    ("import app.parties.chat\n\napp.parties.chat.on_message(1, 2, 3)", False),
    ("import app.parties.chat as c\n\nc.on_message(1, 2, 3)", False),
    ("from app.parties import chat\n\nchat.on_message(1, 2, 3)", False),
    ("from app import parties\nimport app.parties.chat\n\nparties.chat.on_message(1, 2, 3)", False),
    ("def test(monkeypatch):\n    monkeypatch.setattr('app.parties.chat.on_message', print)", False),
    ("from unittest import mock\n\nwith mock.patch('app.parties.chat.on_message'): ...", False),
    ('from unittest.mock import patch\n\n@patch("app.parties.chat.on_message")\ndef test(m): ...', False),
    ("from unittest.mock import patch\n\nTARGET = 'app.parties.chat.on_message'\npatch(TARGET)", False),
    ("import importlib\n\nimportlib.import_module('app.parties.chat').on_message(1, 2, 3)", True),
    (
        "import importlib\n\nchat = importlib.import_module('app.parties.chat')\nchat.on_message(1, 2, 3)",
        True,
    ),
    ("from importlib import import_module as im\n\nim('app.parties.chat').on_message(1, 2, 3)", False),
    ("from app.parties import chat\n\ndef test(monkeypatch):\n    monkeypatch.setattr(chat, 'f', 1)", True),
    ("from unittest.mock import patch\nfrom app.parties import chat\n\npatch.object(chat, 'f')", True),
    ("import importlib\n\nNAME = 'app.parties.chat'\nimportlib.import_module(NAME)", True),
    ("import importlib\n\nimportlib.import_module('.chat', 'app.parties')", True),
]


@pytest.mark.parametrize(("use", "names_module"), USES)
def test_what_other_files_use_stays_a_function(use: str, names_module: bool) -> None:
    files = {"src/app/__init__.py": "", "src/app/parties/__init__.py": "", "src/app/parties/chat.py": CHAT}
    results = migrated_files({**files, "tests/test_chat.py": use + "\n"})
    source = results["src/app/parties/chat.py"].data.decode()
    assert "\ndef on_message(message: str, connection: Connection, room: Room)" in source
    assert ("\ndef on_close(" in source) == names_module


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"patch('app.chat.on_message')", {"app", "app.chat", "app.chat.on_message"}),
        (b'@mock.patch("app.chat:f")', {"app", "app.chat", "app.chat.f"}),
        (b"importlib.import_module('chat')", {"chat"}),
        (b"import_module('.chat', __package__)", {".chat"}),
        (b"import_module('.chat', package='app')", {".chat", "app.chat"}),
        (b"x = 'app.chat'", set()),
        (b"setattr(x, 'chat', 'a b.c')", set()),
    ],
)
def test_strings_count_beside_functions_that_take_names(text: bytes, names: set[str]) -> None:
    assert imported_names(text) == names

"""Targets such as `file.py:name`: parsing, and the party they name."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from partyserver import PartyServer
from pkcompat.project.module_loading import ModuleLoader, ModuleLoadError
from pkcompat.project.targets import Target, TargetError, load_party, parse_target

Write = Callable[[str], str]


@pytest.mark.parametrize(
    ("text", "module", "attribute", "is_file"),
    [
        ("party.py", "party.py", None, True),
        ("src/party.py:chat", "src/party.py", "chat", True),
        ("src/party.py:a.b", "src/party.py", "a.b", True),
        ("package.module", "package.module", None, False),
        ("package.module:default", "package.module", "default", False),
        ("C:\\src\\party.py", "C:\\src\\party.py", None, True),
        ("my-party.py:chat", "my-party.py", "chat", True),
    ],
)
def test_targets_are_taken_apart(text: str, module: str, attribute: str | None, is_file: bool) -> None:
    target = parse_target(text)
    assert target == Target(text, module, attribute)
    assert (target.file is not None) == is_file


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must not be empty"),
        (":chat", "must not be empty"),
        ("my-module", "neither a Python file"),
        ("src/server.ts", "src/server.ts: is not Python; name a .py file"),
        ("a\0b.py", "a target has no NUL"),
    ],
)
def test_what_is_no_target(text: str, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        parse_target(text)


@pytest.fixture
def party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.setattr("sys.path", list(sys.path))

    def write(code: str) -> str:
        file = tmp_path / "party.py"
        file.write_text(textwrap.dedent(code))
        return str(file)

    return write


CLASSES = """
    from partyserver import PartyServer
    class Chat(PartyServer): pass
    class Lobby(PartyServer): pass
    class Handlers:
        def on_connect(self, connection): pass
    class Holder:
        inner = Chat
    number = 3
"""


def test_a_class_by_its_name_and_inside_of_something(party: Write) -> None:
    path = party(CLASSES)
    loader = ModuleLoader()
    loaded = load_party(f"{path}:Chat", loader)
    assert loaded.form == "class"
    assert issubclass(loaded.server_class, PartyServer)
    assert load_party(f"{path}:Holder.inner", loader).server_class is loaded.server_class


def test_default_wins_over_the_others(party: Write) -> None:
    loaded = load_party(party(CLASSES + "\n    default = Lobby"))
    assert (loaded.attribute, loaded.server_class.__name__) == ("default", "Lobby")


@pytest.mark.parametrize(
    "code",
    [
        "default = {'onConnect': print}",
        "chat = {'onConnect': print}",
        "def on_connect(c): ...",
        "default = None\ndef on_connect(c): ...",
    ],
)
def test_an_object_is_made_a_class(party: Write, code: str) -> None:
    loaded = load_party(party(code))
    assert loaded.form == "object"
    assert issubclass(loaded.server_class, PartyServer)


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("", r"party\.py: has several parties: Chat, Lobby; name one, such as .*party\.py:Chat"),
        (":Chatt", r"party\.py: has no attribute 'Chatt'; did you mean 'Chat'\?"),
        (":zzz", r"party\.py: has no attribute 'zzz'$"),
        (":Holder.zzz", r"party\.py: has no attribute 'Holder\.zzz'$"),
        (
            ":Handlers",
            r"is the class Handlers, which is not a PartyServer; export an instance of it \(Handlers\(\)\)",
        ),
        (":PartyServer", "is PartyServer itself; name a subclass of it"),
        (":number", r"party\.py:number: "),
    ],
)
def test_what_names_no_party(party: Write, attribute: str, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        load_party(party(CLASSES) + attribute)


def test_a_module_without_a_party(party: Write) -> None:
    with pytest.raises(TargetError, match=r"party\.py: has no party: no `default`"):
        load_party(party("x = 1"))


def test_an_object_that_is_wrong_is_told_with_its_place(party: Write) -> None:
    with pytest.raises(TargetError, match=r"party\.py:default: .*onConnect"):
        load_party(party("default = {'onConect': print, 'onMessage': print}"))


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        (":chat", r"party\.py:chat: raised when its handlers were read: ValueError: no database"),
        (":chat.on_message", r"party\.py:chat\.on_message: raised when it was read: ValueError: no database"),
    ],
)
def test_a_property_that_raises(party: Write, attribute: str, message: str) -> None:
    code = """
        class Chat:
            @property
            def on_message(self):
                raise ValueError("no database")
        chat = Chat()
    """
    with pytest.raises(ModuleLoadError, match=message) as error:
        load_party(party(code) + attribute)
    assert "in on_message" in error.value.detail
    assert "pkcompat" not in error.value.detail

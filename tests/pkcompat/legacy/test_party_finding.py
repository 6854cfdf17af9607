"""Finding the parties of a module without importing it."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pkcompat.legacy.party_finding import described, find_parties
from pkcompat.project.module_loading import ModuleLoader

Load = Callable[[str], ModuleType]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.setattr("sys.path", list(sys.path))
    (tmp_path / "base_of_party_finding.py").write_text(
        "from partyserver import PartyServer\n"
        "class Base(PartyServer): pass\n"
        "shared = {'onConnect': lambda c: None}\n"
    )

    def load(code: str) -> ModuleType:
        file = tmp_path / "party.py"
        file.write_text(textwrap.dedent(code))
        return ModuleLoader().file(file)

    return load


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("chat = {'onConnect': print}", ["chat"]),
        ("chat = {'on_message': print}\nother = {'x': 1}", ["chat"]),
        ("from types import SimpleNamespace as N\nchat = N(on_request=print)", ["chat"]),
        ("class H:\n    def on_close(self, c): pass\nchat = H()", ["chat"]),
        ("from partyserver import PartyServer\nclass Chat(PartyServer): pass", ["Chat"]),
        ("from partyserver import PartyServer\nclass Chat(PartyServer): pass\nalias = Chat", ["Chat"]),
        (
            "from partyserver import PartyServer\nclass Base(PartyServer): pass\nclass Chat(Base): pass",
            ["Chat"],
        ),
        ("from base_of_party_finding import Base, shared\nclass Chat(Base): pass", ["Chat"]),
        ("from base_of_party_finding import *\nchat = {'onClose': print}", ["chat"]),
        ("from base_of_party_finding import shared", []),
        ("one = {'onConnect': print}\ntwo = {'onConnect': print}", ["one", "two"]),
        ("def on_connect(connection): pass", [""]),
        ("async def onMessage(message, connection): pass", [""]),
        ("def on_connect(connection): pass\nchat = {'onConnect': on_connect}", ["chat"]),
        ("if True:\n    chat = {'onAlarm': print}", ["chat"]),
        ("words = {'onConnect': 'came'}\ndef on_connect(connection): pass", [""]),
        ("class S:\n    on_close = True\nsettings = S()\nchat = {'onConnect': print}", ["chat"]),
        (
            "from types import SimpleNamespace as N\nsettings = N(on_close=1)\nchat = N(on_close=print)",
            ["chat"],
        ),
        ("class H:\n    __slots__ = ('on_close',)\nchat = H()", ["chat"]),
        ("class H:\n    @property\n    def on_close(self): 1 / 0\nchat = H()", ["chat"]),
        ("def helper(): pass", []),
        ("on_connect = 3", []),
    ],
)
def test_what_a_module_defines(load: Load, code: str, found: list[str]) -> None:
    assert find_parties(load(code)) == found


def test_a_long_expression(load: Load) -> None:
    total = " + ".join("1" for _ in range(1_200))
    assert find_parties(load(f"total = {total}\nchat = {{'onConnect': print}}")) == ["chat"]


def test_a_class_of_handlers_without_an_instance_is_told(load: Load) -> None:
    module = load("class Chat:\n    def on_connect(self, connection): pass")
    assert find_parties(module) == []
    assert "default = Chat()" in described(module)
    assert "no `default`" in described(load("x = 1"))

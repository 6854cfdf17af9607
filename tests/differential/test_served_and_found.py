"""What is served as a party is found by the codemod too."""

from __future__ import annotations

import itertools
import random
import sys
from pathlib import Path

import pytest

from pkcodemods import migrate_source, scan_source
from pkcompat.project.module_loading import ModuleLoader
from pkcompat.project.targets import TargetError, load_party

FIXTURES = Path(__file__).parents[2] / "fixtures"
SOURCES = sorted([*(FIXTURES / "object_form").glob("*.py"), *(FIXTURES / "golden").glob("*/before.py")])

NAMES = ("default", "chat", "party", "handlers")
PARAMETERS = (("connection", "room"), ("c", "r"), ("peer", "_"), ("ws", "x"))
KEYS = ("onConnect", "on_connect", "onClose", "on_close")
BODIES = ("{0}.send('x')", "{1}.broadcast({0}.id)", "print({0}, {1})", "return {1}")
EXPORTS = (
    "{name} = {{'{key}': {function}}}",
    "{name} = dict({key}={function})",
    "from types import SimpleNamespace\n{name} = SimpleNamespace({key}={function})",
    "from types import SimpleNamespace\nkept = {{'{key}': {function}}}\n{name} = SimpleNamespace(**kept)",
    "class Handlers:\n    {key} = staticmethod({function})\n\n\n{name} = Handlers()",
    "{name} = {{}}\n{name}['{key}'] = {function}",
    "{key} = {function}",
)
IMPORTS = ("", "from partykit.server import PartyKitRoom\n")


def random_sources(count: int) -> list[str]:
    chance = random.Random(11)
    every = list(itertools.product(NAMES, PARAMETERS, KEYS, BODIES, EXPORTS, IMPORTS))
    return [
        f"{imports}\n\ndef hello({', '.join(parameters)}):\n    {body.format(*parameters)}\n\n\n"
        + export.format(name=name, key=key, function="hello")
        + "\n"
        for name, parameters, key, body, export, imports in chance.sample(every, count)
    ]


def is_served(source: str, folder: Path) -> bool:
    file = folder / "module_that_is_served.py"
    file.write_text(source)
    try:
        return load_party(str(file), ModuleLoader()).form == "object"
    except TargetError:
        return False
    finally:
        sys.modules.pop(file.stem, None)


def is_told(source: str) -> bool:
    result = scan_source(source)
    return bool(result.parties or result.findings)


@pytest.mark.parametrize("source", random_sources(150))
def test_random_modules(source: str, tmp_path: Path) -> None:
    if is_served(source, tmp_path):
        assert is_told(source)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_fixtures(path: Path, tmp_path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert is_told(source) or not is_served(source, tmp_path)


TAGS = (
    "default = {{'onConnect': hello, '{key}': {value}}}",
    "default = {{'onConnect': hello}}\ndefault['{key}'] = {value}",
    "default = PartyKitServer(onConnect=hello, {key}={value})",
    "default = SimpleNamespace(onConnect=hello, {key}={value})",
    "default = SimpleNamespace(onConnect=hello)\ndefault.{key} = {value}",
    "class Base:\n    {key} = {value}\n\n\nclass Chat(Base):\n    onConnect = staticmethod(hello)\n\n\n"
    "default = Chat()",
    "class Chat:\n    def onConnect(self, connection, room): ...\n    {key} = {value}\n\n\ndefault = Chat()",
    "onConnect = hello\n{key} = {value}",
    "class Chat:\n    def __init__(self):\n        self.{key} = {value}\n\n"
    "    def onConnect(self, connection, room): ...\n\n\ndefault = Chat()",
    "class Chat:\n    def __init__(self):\n        self.prepare()\n\n"
    "    def prepare(self):\n        self.tags = self.{key} = {value}\n\n"
    "    def onConnect(self, connection, room): ...\n\n\ndefault = Chat()",
    "class Base:\n    def __init__(me):\n        setattr(me, '{key}', {value})\n\n\n"
    "class Chat(Base):\n    def onConnect(self, connection, room): ...\n\n\ndefault = Chat()",
    "class Chat:\n    def onConnect(self, connection, room): ...\n\n\n"
    "default = Chat()\ndefault.{key} = {value}",
    "class Chat:\n    def later(self):\n        self.{key} = {value}\n\n"
    "    def onConnect(self, connection, room): ...\n\n\ndefault = Chat()",
)


@pytest.mark.parametrize("key", ["getConnectionTags", "get_connection_tags"])
@pytest.mark.parametrize("value", ["hello", "lambda connection: []", "None", "['admin']"])
@pytest.mark.parametrize("form", TAGS)
def test_tags_are_told_where_they_are_refused(form: str, value: str, key: str, tmp_path: Path) -> None:
    source = (
        "from types import SimpleNamespace\n\nfrom partykit.server import PartyKitServer\n\n\n"
        f"def hello(connection, room):\n    room.broadcast('hi')\n\n\n{form.format(key=key, value=value)}\n"
    )
    result = migrate_source(source)
    found = {finding.code for party in result.parties for finding in party.findings}
    if is_served(source, tmp_path):
        assert "PK118" not in found
        assert is_served_as_class(result.code, tmp_path)
    else:
        assert ("PK118" in found, result.code) == (True, source)


def is_served_as_class(source: str, folder: Path) -> bool:
    file = folder / "module_that_came_out.py"
    file.write_text(source)
    try:
        return load_party(str(file), ModuleLoader()).form == "class"
    finally:
        sys.modules.pop(file.stem, None)

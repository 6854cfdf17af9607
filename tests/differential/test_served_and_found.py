"""What is served as a party is found by the codemod too."""

from __future__ import annotations

import itertools
import random
import sys
from pathlib import Path

import pytest

from pkcodemods import scan_source
from pkcompat.module_loading import ModuleLoader
from pkcompat.targets import TargetError, load_party

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

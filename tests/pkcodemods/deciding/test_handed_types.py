"""Types of the object form in files that hold no party."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.differential.both_forms import party_in, transcript_of
from tests.pkcodemods.checks import migrated_files

from pkcompat.traffic.steps import Connect, Traffic
from pkcompat.traffic.transcript import Transcript

TRAFFIC = Traffic("main", (Connect("a", "/party/room"),))


def project(helpers: str, imports: str, told: str) -> dict[str, str]:
    main = (
        f"from partykit.server import PartyKitServer\n{imports}\n\n\n"
        f"def on_connect(connection, room, ctx):\n    connection.send(str({told}))\n\n\n"
        "default: PartyKitServer = {'onConnect': on_connect}\n"
    )
    return {"helpers.py": f"{helpers}\n", "main.py": main}


def seen(folder: Path, files: dict[str, str]) -> Transcript:
    folder.mkdir()
    for path, text in files.items():
        (folder / path).write_text(text, encoding="utf-8")
    return transcript_of(party_in(folder, "main.py", "default"), TRAFFIC)


def check(tmp_path: Path, files: dict[str, str]) -> dict[str, str]:
    """Both forms agree, and no party keeps its object; returns what comes out."""
    results = migrated_files(files)
    after = {path: result.data.decode() for path, result in results.items()}
    assert results["main.py"].outcome in ("rewritten", "residue")
    assert seen(tmp_path / "after", after) == seen(tmp_path / "before", files)
    return after


@pytest.mark.parametrize(
    "test",
    [
        "isinstance(x, PartyKitRoom)",
        "isinstance(x, (PartyKitConnection, PartyKitRoom))",
        "isinstance(x, server.PartyKitRoom)",
        "x.__class__ is PartyKitRoom",
        "type(x) is PartyKitRoom",
        "issubclass(type(x), PartyKitRoom)",
        "isinstance(x, get_type_hints(kind)['x'])",
    ],
)
def test_a_helper_that_only_tests_types(tmp_path: Path, test: str) -> None:
    """It uses no old name, and yet has to ask for the new class."""
    helpers = (
        "from typing import get_type_hints\n\nfrom partykit import server\n"
        "from partykit.server import PartyKitConnection, PartyKitRoom\n\n\n"
        f"def kind(x: PartyKitRoom):\n    return {test}\n"
    )
    after = check(tmp_path, project(helpers, "from helpers import kind", "kind(room)"))
    assert "partykit" not in after["helpers.py"]


@pytest.mark.parametrize(
    "helpers",
    [
        "def kind(x):\n    match x:\n        case PartyKitRoom():\n            return 'room'\n"
        "    return 'none'\n",
        "@singledispatch\ndef kind(x):\n    return 'none'\n\n\n@kind.register\ndef _(x: PartyKitRoom):\n"
        "    return 'room'\n",
        "@singledispatch\ndef kind(x):\n    return 'none'\n\n\n@kind.register(PartyKitRoom)\ndef _(x):\n"
        "    return 'room'\n",
        "class Kinds:\n    room = PartyKitRoom\n\n\ndef kind(x):\n    return isinstance(x, Kinds.room)\n",
    ],
)
def test_a_helper_that_chooses_by_type(tmp_path: Path, helpers: str) -> None:
    imports = "from functools import singledispatch\n\nfrom partykit.server import PartyKitRoom\n\n\n"
    after = check(tmp_path, project(imports + helpers, "from helpers import kind", "kind(room)"))
    assert "partykit" not in after["helpers.py"]


@pytest.mark.parametrize(
    ("helpers", "imports", "told"),
    [
        ("from partykit.server import PartyKitRoom", "from helpers import PartyKitRoom", "PartyKitRoom"),
        ("from partykit.server import PartyKitRoom as Space", "from helpers import Space", "Space"),
        ("from partykit.server import PartyKitRoom", "import helpers", "helpers.PartyKitRoom"),
        ("from partykit.server import PartyKitRoom", "from helpers import *", "PartyKitRoom"),
        ("from partykit.server import *", "from helpers import PartyKitRoom", "PartyKitRoom"),
        ("from partykit.server import *", "import helpers as h", "h.PartyKitRoom"),
        ("import partykit.server as pks", "import helpers", "helpers.pks.PartyKitRoom"),
        (
            "from partykit.server import PartyKitRoom\n\nSpace = PartyKitRoom",
            "import helpers",
            "helpers.Space",
        ),
        (
            "from partykit.server import PartyKitConnection, PartyKitRoom\n\n"
            "KINDS = (PartyKitConnection, PartyKitRoom)",
            "from helpers import KINDS",
            "KINDS",
        ),
    ],
)
@pytest.mark.parametrize("also", ["", "\n\ndef count(room):\n    return len(room.connections)\n"])
def test_types_that_others_find_in_a_module(
    tmp_path: Path, helpers: str, imports: str, told: str, also: str
) -> None:
    """The name stays, and is the new class."""
    check(tmp_path, project(helpers + also, imports, f"(isinstance(room, {told}), isinstance(ctx, {told}))"))


def test_a_name_that_is_handed_on_stays() -> None:
    after = migrated_files(
        project(
            "from partykit.server import PartyKitRoom",
            "from helpers import PartyKitRoom",
            "isinstance(room, PartyKitRoom)",
        )
    )
    assert after["helpers.py"].data.decode() == "from partyserver import Room as PartyKitRoom\n"


def test_without_a_party_that_becomes_a_class_the_types_stay() -> None:
    files = {
        "helpers.py": "from partykit.server import PartyKitRoom\n\n\ndef kind(x):\n"
        "    return isinstance(x, PartyKitRoom)\n",
        "main.py": "from partykit.server import PartyKitServer\n\ndefault: PartyKitServer = make()\n",
    }
    assert migrated_files(files)["helpers.py"].outcome == "untouched"

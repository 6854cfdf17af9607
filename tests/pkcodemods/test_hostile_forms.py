"""The golden modules in other clothes become what the plain ones become, in the same clothes."""

from __future__ import annotations

import os
import time
import unicodedata
from pathlib import Path

import pytest
from tests.pkcodemods.hostile_forms import FORMS, surrounded, with_separators
from tests.pkcodemods.regenerate_fixtures import PATH_OF_PAIRS

from pkcodemods import migrate_bytes

PAIRS = sorted((Path(__file__).parents[2] / "fixtures" / "golden").glob("*/before.py"))
EACH = 1 if os.environ.get("HOSTILE") == "long" else 23
"""Of every so many modules one is tried in each form; all of them with HOSTILE=long."""


def chosen(form: int) -> list[Path]:
    return PAIRS[form % EACH :: EACH]


CASES = [
    pytest.param(path, name, id=f"{name}: {path.parent.name}")
    for number, name in enumerate(FORMS)
    for path in chosen(number * 7)
]


@pytest.mark.parametrize(("path", "form"), CASES)
def test_what_is_clothed_otherwise_becomes_the_same(path: Path, form: str) -> None:
    source = path.read_text(encoding="utf-8")
    before, after = FORMS[form]
    plain = migrate_bytes(source.encode(), path=PATH_OF_PAIRS)
    data = before(source)
    result = migrate_bytes(data, path=PATH_OF_PAIRS)
    assert result.outcome == plain.outcome
    assert [party.outcome for party in result.parties] == [party.outcome for party in plain.parties]
    if plain.data == source.encode():
        assert result.data == data
        return
    expected, made = after(plain.data.decode()), result.data
    if form == "full-width names":  # names become plain, strings and comments do not
        expected, made = (unicodedata.normalize("NFKC", each.decode()).encode() for each in (expected, made))
    assert made == expected


@pytest.mark.parametrize("path", chosen(3), ids=lambda path: path.parent.name)
def test_what_stands_around_it_stays_as_it_is(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    plain = migrate_bytes(source.encode(), path=PATH_OF_PAIRS)
    for put in (lambda text: surrounded(text, 200), with_separators):
        rest = put(source).removeprefix(source)
        result = migrate_bytes((source + rest).encode(), path=PATH_OF_PAIRS)
        if plain.outcome == "wrapped":  # by a line at the end
            assert rest in result.data.decode()
        else:
            assert result.data.decode() == plain.data.decode() + rest


def test_a_handler_of_thousands_of_lines_takes_linear_time() -> None:
    def seconds(lines: int) -> float:
        body = "".join(f"    total = total + {number}\n" for number in range(lines))
        source = (
            "from partykit.server import PartyKitServer\n\n\ndef on_message(message, connection, room):\n"
            f"    total = 0\n{body}    room.broadcast(str(total))\n\n\n"
            'default: PartyKitServer = {"onMessage": on_message}\n'
        )
        start = time.perf_counter()
        result = migrate_bytes(source.encode())
        taken = time.perf_counter() - start
        assert result.outcome == "rewritten"
        assert result.data.decode().count("total = total + ") == lines
        return taken

    assert seconds(4_000) < 20 * max(seconds(500), 0.05)

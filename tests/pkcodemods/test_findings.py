"""Findings: stable codes, places, and sentences."""

import re

import pytest

from pkcodemods import Outcome, migrate_source
from pkcodemods.finding_codes import FINDING_CODES

LEVELS = {"1": Outcome.WRAPPED, "2": Outcome.RESIDUE, "3": Outcome.REWRITTEN, "9": Outcome.ERROR}
REFUSED = {"PK104", "PK106", "PK107", "PK114", "PK118"}  # what legacy_to_class() raises an error for
DOUBTED = {"PK117"}
FOUND_BY_RUNNING = {
    "PK401": Outcome.WRAPPED,
    "PK402": Outcome.UNTOUCHED,
    "PK403": Outcome.ERROR,
    "PK404": Outcome.UNTOUCHED,
    "PK405": Outcome.UNTOUCHED,
    "PK406": Outcome.ERROR,
    "PK407": Outcome.UNTOUCHED,
    "PK408": Outcome.UNTOUCHED,
    "PK409": Outcome.WRAPPED,
    "PK410": Outcome.UNTOUCHED,
}


@pytest.mark.parametrize("code", FINDING_CODES)
def test_a_code_tells_what_it_makes_of_a_party(code: str) -> None:
    entry = FINDING_CODES[code]
    assert re.fullmatch(r"PK\d{3}", code)
    expected = FOUND_BY_RUNNING.get(code) or (
        Outcome.UNTOUCHED if code in REFUSED | DOUBTED else LEVELS[code[2]]
    )
    assert entry.outcome is expected
    assert entry.title
    for sentence in (entry.message, entry.help):
        assert sentence.endswith((".", "}"))
        assert "\n" not in sentence


def test_the_codes_are_stable() -> None:
    assert list(FINDING_CODES) == [
        *("PK101", "PK102", "PK103", "PK104", "PK105", "PK106", "PK107", "PK108", "PK109", "PK110"),
        *("PK111", "PK112", "PK113", "PK114", "PK115", "PK116", "PK117", "PK118", "PK119"),
        *("PK201", "PK202", "PK203", "PK204", "PK205", "PK206", "PK207", "PK208", "PK209"),
        "PK301",
        "PK302",
        *FOUND_BY_RUNNING,
        *("PK901", "PK902", "PK903"),
    ]


def test_a_place_is_counted_in_characters_from_one() -> None:
    source = (
        '"""Doc."""\n\nFACES = "😀"; x = 1\n\n\ndef f(connection, room):\n    room.broadcast("😀")\n\n\n'
        'default = {"onConnect": f, **FACES}\n'
    )
    (finding,) = migrate_source(source).parties[0].findings
    assert (finding.code, finding.line, finding.column) == ("PK101", 10, 28)
    assert source.splitlines()[9][27:].startswith("**FACES")


def test_a_finding_is_told_once_and_what_a_wrapped_party_is_spared_is_not() -> None:
    source = (
        "from elsewhere import log\n\n\n"
        "def on_connect(connection, room):\n    log(room)\n    print(locals())\n\n\n"
        "default = {**{}, 'onConnect': on_connect}\n"
    )
    assert [f.code for f in migrate_source(source).parties[0].findings] == ["PK101"]

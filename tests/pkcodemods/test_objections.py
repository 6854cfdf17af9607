"""What was found out about a party by running it decides what becomes of it."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import migrated, migrated_files

from pkcodemods import Settings, migrate_source
from pkcodemods.objections import Objection

PARTY = """\
def on_connect(connection, room):
    connection.send(str(len(room.connections)))


default = {"onConnect": on_connect}
"""
FUNCTIONS = PARTY.partition("\n\n\n")[0] + "\n"
USES_HELPER = """\
from tell import tell


def on_connect(connection, room):
    tell(room)


default = {"onConnect": on_connect}
"""
HELPER = """\
def tell(room):
    for peer in room.connections.values():
        peer.socket.send("x")
"""


def objecting(code: str, *paths: str, party: str = "default") -> Settings:
    return Settings(objections=tuple(Objection(path, party, code, "why") for path in paths))


def test_a_party_that_could_be_rewritten_is_wrapped() -> None:
    result = migrated(PARTY, path="chat.py", settings=objecting("PK401", "chat.py"))
    assert result.outcome == "wrapped"
    assert 'default = legacy_to_class({"onConnect": on_connect})' in result.code
    (finding,) = result.parties[0].findings
    assert (finding.code, finding.line, finding.column) == ("PK401", 5, 11)
    assert finding.message == "As a class, `default` behaved differently than as an object: why."


def test_a_class_that_fails_tests_is_wrapped() -> None:
    result = migrated(PARTY, path="chat.py", settings=objecting("PK409", "chat.py"))
    assert result.outcome == "wrapped"
    (finding,) = result.parties[0].findings
    assert (finding.code, finding.message) == ("PK409", "As a class, `default` fails the tests: why")


def test_so_is_a_module_that_is_the_party() -> None:
    result = migrated(FUNCTIONS, path="chat.py", settings=objecting("PK401", "chat.py", party=""))
    assert result.code.endswith("default = legacy_to_class(sys.modules[__name__])\n")
    (finding,) = result.parties[0].findings
    assert (finding.line, finding.message) == (
        1,
        "As a class, the module behaved differently than as an object: why.",
    )


def test_an_objection_to_another_file_or_party_is_none() -> None:
    for settings in (objecting("PK401", "other.py"), objecting("PK401", "chat.py", party="other")):
        assert migrated(PARTY, path="chat.py", settings=settings).outcome == "rewritten"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("PK402", "untouched"),
        ("PK403", "error"),
        ("PK404", "untouched"),
        ("PK405", "untouched"),
        ("PK406", "error"),
        ("PK410", "untouched"),
    ],
)
def test_a_party_is_left_as_it_is(code: str, outcome: str) -> None:
    result = migrate_source(PARTY, path="chat.py", settings=objecting(code, "chat.py"))
    assert (result.outcome, result.code) == (outcome, PARTY)
    assert [finding.code for finding in result.parties[0].findings] == [code]


def test_a_helper_is_moved_as_long_as_a_party_that_calls_it_is_rewritten() -> None:
    files = {"one.py": USES_HELPER, "two.py": USES_HELPER, "tell.py": HELPER}
    one = migrated_files(files, objecting("PK401", "one.py"))
    assert [result.outcome for result in one.values()] == ["wrapped", "rewritten", "rewritten"]
    both = migrated_files(files, objecting("PK401", "one.py", "two.py"))
    assert [result.outcome for result in both.values()] == ["wrapped", "wrapped", "untouched"]


def test_a_table_has_no_objections() -> None:
    assert Settings.from_table({"objections": [1]}) == Settings()

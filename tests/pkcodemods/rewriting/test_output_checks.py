"""What must be true of what comes out: it parses, and `rewritten` means that nothing old is imported."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import codes, migrated

from pkcodemods import Settings, migrate_source, scan_source
from pkcodemods.errors import OutputError
from pkcodemods.rewriting.output_checks import check_parses

PARTY = """

def on_connect(connection, room):
    connection.send("hi")


default = {"onConnect": on_connect}
"""


def left(source: str, settings: Settings | None = None) -> list[tuple[str, int, str]]:
    """The codes, lines and subjects of the findings of a module with a party behind some source."""
    result = migrated(source + PARTY, settings=settings)
    assert (result.outcome == "residue") is bool(result.parties[0].findings)
    return [(f.code, f.line, f.message.split("`")[1]) for f in result.parties[0].findings]


@pytest.mark.parametrize(
    "source",
    [
        "from partykit.server import PartyKitServer\n",
        "import partykit.server as pk\n\nResponse = pk.Response\n",
        "from partykit import server\n\n\ndef respond(): return server.Response()\n",
        "import importlib\n\njson = importlib.import_module('json')\n",
        "import logging\n\nlogger = logging.getLogger('partykit.server')\n",
    ],
)
def test_nothing_is_left(source: str) -> None:
    assert left(source) == []


@pytest.mark.parametrize(
    ("source", "name", "line"),
    [
        ("import partykit.server as pk\n\nX = hasattr(pk, 'Response')\n", "partykit.server", 1),
        ("from partykit import server\n\nprint(server)\n", "partykit", 1),
        ("import importlib\n\npk = importlib.import_module('partykit.server')\n", "partykit.server", 3),
        ("\n\npk = __import__('partykit.server')\n", "partykit.server", 3),
        ("from pkcompat import verify\n\nprint(verify)\n", "pkcompat", 1),
    ],
)
def test_what_is_still_imported_is_told(source: str, name: str, line: int) -> None:
    assert left(source) == [("PK209", line, name)]


def test_import_roots_are_old_modules_too_where_something_old_is_taken_of_them() -> None:
    settings = Settings(import_roots=("house.party",))
    assert left("from house.party import greet\n\nprint(greet)\n", settings) == []
    assert left("import house.party as pk\n\nprint(pk)\n", settings) == [("PK209", 1, "house.party")]


def test_scan_tells_the_same() -> None:
    source = "import partykit.server as pk\n\nprint(pk)\n" + PARTY
    migrated_, scanned = migrate_source(source), scan_source(source)
    assert (scanned.outcome, scanned.parties) == (migrated_.outcome, migrated_.parties)
    assert scanned.code == source


def test_a_party_is_left_alone_for_it() -> None:
    source = "import partykit.server as pk  # pkcompat: ignore[PK209]\n\nprint(pk)\n" + PARTY
    assert codes(source) == ["PK209"]  # that is on the import's line, not on the party's
    source = "import partykit.server as pk\n\nprint(pk)\n" + PARTY.replace(
        "}\n", "}  # pkcompat: ignore[PK209]\n"
    )
    assert migrate_source(source).outcome == "untouched"
    per_file = Settings(per_file_ignores={"*.py": ("PK209",)})
    assert migrate_source(source, path="party.py", settings=per_file).outcome == "untouched"


def test_what_does_not_parse_is_noticed() -> None:
    check_parses("x = 1\n", "x = 1\n")
    with pytest.raises(OutputError, match="does not parse"):
        check_parses("x = \n", "x = 1\n")


def test_a_source_that_is_newer_than_this_python_is_checked_by_libcst() -> None:
    newer = 'x = f"{"a"}"\n' if _is_refused('f"{"a"}"') else "x = (\n"
    check_parses('x = f"{"b"}"\n', newer)
    with pytest.raises(OutputError, match="does not parse"):
        check_parses("x = = 1\n", newer)


def _is_refused(expression: str) -> bool:
    try:
        compile(expression, "", "eval")
    except SyntaxError:
        return True
    return False

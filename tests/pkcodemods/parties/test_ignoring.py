"""`# pkcompat: ignore` and the settings that leave files alone."""

import pytest
from tests.pkcodemods.checks import check_noop, codes, migrated

from pkcodemods import Settings, migrate_source

HANDLER = "def on_connect(connection, room):\n    room.broadcast('hi')\n\n\n"


@pytest.mark.parametrize(
    "export",
    [
        "default = {'onConnect': on_connect}  # pkcompat: ignore",
        "default = {  # pkcompat: ignore\n    'onConnect': on_connect,\n}",
        "default = {\n    'onConnect': on_connect,\n}  # pkcompat: ignore",
        "# pkcompat: ignore\ndefault = {'onConnect': on_connect}",
        "# pkcompat: ignore, the old clients need it\ndefault = {'onConnect': on_connect}",
        "default = {'onConnect': on_connect}  #PKCOMPAT:IGNORE",
        "default = {**{}, 'onConnect': on_connect}  # pkcompat: ignore[PK101]",
        "default = {**{}, 'onConnect': on_connect}  # pkcompat: ignore[PK999, pk101]",
    ],
)
def test_a_comment_leaves_a_party_alone(export: str) -> None:
    check_noop(HANDLER + export + "\n")
    assert codes(HANDLER + export + "\n") == []


@pytest.mark.parametrize(
    "export",
    [
        "default = {**{}, 'onConnect': on_connect}  # pkcompat: ignore[PK102]",
        "default = {'onConnect': on_connect}  # pkcompat: ignore[PK101]",
        "default = {\n    # pkcompat: ignore\n    'onConnect': on_connect,\n    'onClose': None,\n}",
        "default = {'onConnect': on_connect}  # pkcompat: ignored",
        "x = 1  # pkcompat: ignore\ndefault = {'onConnect': on_connect}",
    ],
)
def test_a_comment_about_something_else_does_not(export: str) -> None:
    assert migrated(HANDLER + export + "\n").outcome != "untouched"


def test_a_comment_at_the_head_leaves_the_file_alone() -> None:
    head = "#!/usr/bin/env python\n# pkcompat: ignore\n\n"
    check_noop(head + HANDLER + "default = {'onConnect': on_connect}\n")
    check_noop(head + HANDLER)


def test_the_other_parties_of_the_module_are_migrated() -> None:
    source = HANDLER + (
        "old = {'onConnect': on_connect}  # pkcompat: ignore\nnew = {'onConnect': on_connect}\n"
    )
    result = migrated(source)
    assert [(party.name, party.outcome) for party in result.parties] == [
        ("old", "untouched"),
        ("new", "rewritten"),
    ]
    assert "old = {'onConnect': on_connect}  # pkcompat: ignore\n" in result.code
    assert "new = New\n" in result.code


@pytest.mark.parametrize(
    ("pattern", "codes_ignored", "untouched"),
    [
        ("*.py", ("all",), True),
        ("old/*.py", ("all",), True),
        ("src/old/**", ("all",), True),
        ("new/*.py", ("all",), False),
        ("old/*.py", ("PK101",), True),
        ("old/*.py", ("PK102",), False),
    ],
)
def test_per_file_ignores(pattern: str, codes_ignored: tuple[str, ...], untouched: bool) -> None:
    source = HANDLER + "default = {**{}, 'onConnect': on_connect}\nprint(sorted(default))\n"
    settings = Settings(per_file_ignores={pattern: codes_ignored})
    result = migrate_source(source, path="src/old/chat.py", settings=settings)
    assert (result.code == source) == untouched
    assert (result.outcome == "untouched") == untouched
    assert migrate_source(source, settings=settings).outcome == "wrapped"

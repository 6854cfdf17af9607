"""Settings of the codemod: reading the table, errors, codes ignored by path."""

import pytest
from tests.pkcodemods.checks import migrated

from pkcodemods import Settings, SettingsError


def test_a_table_is_read() -> None:
    table = {
        "import-roots": ["vendor.pk"],
        "per-file-ignores": {"old/*.py": ["PK101"]},
        "line_length": 100,
        "exclude": ["build"],  # the command's
    }
    settings = Settings.from_table(table)
    assert settings == Settings(("vendor.pk",), {"old/*.py": ("PK101",)}, 100)
    assert Settings.from_table({}) == Settings()
    assert settings.legacy_modules() == ("partykit.server", "partykit", "vendor.pk")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"import-roots": "vendor.pk"}, "import-roots is a list of strings, got 'vendor.pk'"),
        ({"import-roots": [1]}, r"import-roots is a list of strings, got \[1\]"),
        ({"per-file-ignores": ["x"]}, "per-file-ignores is a table of patterns, each with a list of codes"),
        ({"per-file-ignores": {"*.py": "PK101"}}, r"per-file-ignores.\*.py is a list of strings"),
        ({"line-length": "wide"}, "line-length is a number of columns, at least 20, got 'wide'"),
        ({"line-length": True}, "line-length is a number of columns"),
        ({"line-length": 3}, "line-length is a number of columns, at least 20, got 3"),
    ],
)
def test_what_cannot_be_meant_is_an_error(table: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_table(table)


def test_an_extra_import_root_stands_for_partykit() -> None:
    source = (
        "from vendor.pk import PartyKitRoom, PartyKitServer\n\n\n"
        "def on_close(connection, room: PartyKitRoom):\n    room.getConnections()\n\n\n"
        "chat: PartyKitServer = {'onClose': on_close}\n"
    )
    code = migrated(source, settings=Settings(import_roots=("vendor.pk",))).code
    assert "vendor" not in code
    assert "self.room.get_connections()" in code


def test_codes_are_ignored_by_path() -> None:
    settings = Settings(per_file_ignores={"old/*.py": ("PK101",), "*.py": ("PK102",)})
    assert settings.ignored_codes("src\\old\\a.py") == {"PK101", "PK102"}
    assert settings.ignored_codes("a.py") == {"PK102"}
    assert settings.ignored_codes(None) == frozenset()

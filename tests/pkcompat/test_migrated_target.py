from pathlib import Path

import pytest

from pkcompat.migrated_target import MigratedTargetError, migrated_sources
from pkcompat.module_loading import ModuleLoadError

PARTY = "def on_connect(connection):\n    connection.send('hi')\n\n\ndefault = {'onConnect': on_connect}\n"


@pytest.mark.parametrize("target", ["package_to_migrate/party.py", "package_to_migrate.party:default"])
def test_a_target_is_migrated_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "package_to_migrate/party.py"
    file.parent.mkdir()
    file.write_text(PARTY)
    migrated = migrated_sources(target)
    assert migrated.outcome == "rewritten"
    assert list(migrated.sources) == [file.resolve()]
    assert b"(PartyServer)" in migrated.sources[file.resolve()]
    assert file.read_text() == PARTY


def test_what_cannot_be_migrated(tmp_path: Path) -> None:
    file = tmp_path / "party.py"
    with pytest.raises(MigratedTargetError, match=r"party\.py: No such file"):
        migrated_sources(str(file))
    file.write_text("# partykit\ndef f(:\n")
    with pytest.raises(MigratedTargetError, match=r"party\.py:2: "):
        migrated_sources(str(file))
    with pytest.raises(ModuleLoadError, match="no module named 'no_such_module'"):
        migrated_sources("no_such_module")

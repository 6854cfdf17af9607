"""What `verify`, `watch` and `serve --shadow` run is what `migrate` would write."""

from pathlib import Path

import pytest

from pkcompat.migrate.project import migrate_files
from pkcompat.migrate.target import MigratedTargetError, migrated_sources
from pkcompat.project.module_loading import ModuleLoadError
from pkcompat.project.pyproject import ToolSettings

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


def test_parties_that_run_beside_it_are_migrated_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("chat.py", "lobby.py", "other.py"):
        Path(name).write_text(PARTY)
    Path("skipped.py").write_text(PARTY)
    Path("pyproject.toml").write_text("[tool.pkcompat]\nexclude = ['skipped.py']\n")
    beside = ["lobby.py:default", "./lobby.py", "chat.py", "skipped.py", "gone.py", "no_such_module"]
    migrated = migrated_sources("chat.py", beside)
    assert [path.name for path in migrated.sources] == ["chat.py", "lobby.py"]
    assert migrated.left == ()


def test_what_cannot_be_migrated_beside_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chat.py").write_text(PARTY)
    Path("lobby.py").write_text("# partykit\ndef f(:\n")
    migrated = migrated_sources("chat.py", ["lobby.py"])
    (left,) = migrated.left
    assert left.startswith("lobby.py:2: ")
    assert left.endswith("; it stays as it is")
    assert migrated.outcome == "rewritten"


SHARED = "def tell(room):\n    for each in room.connections.values():\n        each.socket.send('x')\n"
TELLER = """\
from {module} import tell


def on_connect(connection, room):
    tell(room)


default = {{'onConnect': on_connect}}
"""
PROJECTS = {
    "helpers of two": {
        "chat.py": TELLER.format(module="shared"),
        "lobby.py": TELLER.format(module="shared"),
        "shared.py": SHARED,
    },
    "helpers of one": {"chat.py": TELLER.format(module="shared"), "lobby.py": PARTY, "shared.py": SHARED},
    "through another": {
        "chat.py": TELLER.format(module="between"),
        "lobby.py": PARTY,
        "between.py": "from shared import tell as tell\n",
        "shared.py": SHARED,
    },
    "a reader": {
        "chat.py": PARTY,
        "lobby.py": "import chat\n\nnames = sorted(chat.default)\n" + PARTY,
        "reader.py": "from chat import default\n\nprint(default['onConnect'])\n",
    },
}


@pytest.mark.parametrize("files", PROJECTS.values(), ids=list(PROJECTS))
def test_it_is_what_migrate_would_write_in_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").touch()
    for name, text in files.items():
        Path(name).write_text(text)
    written = {
        each.path.resolve(): each.after for each in migrate_files(list(map(Path, files)), ToolSettings())
    }
    changed = {path: after for path, after in written.items() if after != path.read_bytes()}
    assert migrated_sources("chat.py", ["lobby.py"]).sources == changed

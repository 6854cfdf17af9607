"""What is known of parties from earlier runs: it is used exactly where a migration would give the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pkcodemods.project_migration import MigrateGroup
from pkcodemods.settings import Settings
from pkcompat.migrate.file import FileMigration, write_migrations
from pkcompat.migrate.known_groups import KnownGroups, known_groups_of
from pkcompat.migrate.project import ProjectMigration
from pkcompat.project import ToolSettings

PARTY = """\
from helpers import greet


def on_connect(connection, room):
    greet(room)


default = {"onConnect": on_connect}
"""
HELPERS = """\
def greet(room):
    room.broadcast(room.internalID)
"""


class Runs:
    """Runs over one project, each with what the last one remembered."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.cache = folder.parent / "known-groups"
        self.migrated: list[str] = []
        real = MigrateGroup.__call__

        def migrate(migration: MigrateGroup, group: tuple[int, ...]) -> dict[int, object]:
            self.migrated += [Path(migration.project.files[index].path).name for index in group]
            return real(migration, group)  # type: ignore[return-value]

        monkeypatch.setattr(MigrateGroup, "__call__", migrate)

    def write(self, **files: str) -> None:
        self.folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(text)

    def run(self, settings: ToolSettings | None = None) -> list[FileMigration]:
        self.migrated.clear()
        known = KnownGroups(self.cache)
        migrations = self._migrations(settings or ToolSettings(), known)
        known.save()
        return migrations

    def without_cache(self) -> list[FileMigration]:
        return self._migrations(ToolSettings(), None)

    def _migrations(self, settings: ToolSettings, known: KnownGroups | None) -> list[FileMigration]:
        paths = sorted(self.folder.glob("*.py"))
        project = ProjectMigration(paths, settings, known_groups=known)
        return project.in_files(project.migrate())


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    runs = Runs(tmp_path / "project", monkeypatch)
    runs.write(chat=PARTY, helpers=HELPERS, plain="x = 1\n")
    return runs


def test_a_second_run_over_the_same_files_migrates_nothing(runs: Runs) -> None:
    first = runs.run()
    assert runs.migrated == ["chat.py"]
    assert runs.run() == first
    assert runs.migrated == []
    assert [migration.changes for migration in first] == [True, True, False]


def test_after_a_change_elsewhere_nothing_is_migrated_again(runs: Runs) -> None:
    runs.run()
    runs.write(plain="import os\n", new="y = 2\n")
    runs.run()
    assert runs.migrated == []


@pytest.mark.parametrize(
    "change",
    [
        {"chat": PARTY + "# more\n"},
        {"helpers": HELPERS.replace("internalID", "id")},
        {"plain": "import chat\nchat.default['onConnect']\n"},
    ],
)
def test_after_a_change_to_what_the_codemod_looked_at_it_looks_again(
    runs: Runs, change: dict[str, str]
) -> None:
    runs.run()
    runs.write(**change)
    assert runs.run() == runs.without_cache()
    assert "chat.py" in runs.migrated


def test_what_was_written_is_a_change(runs: Runs) -> None:
    write_migrations(runs.run())
    assert not any(migration.changes for migration in runs.run())


def test_another_name_of_a_party_counts(runs: Runs) -> None:
    runs.run()
    settings = ToolSettings(codemod=Settings())
    (runs.folder / "partykit.json").write_text('{"parties": {"lobby": "chat.py"}}')
    named = runs.run(settings)
    assert b"class Lobby" in named[0].after
    assert named == runs.without_cache()


def test_other_settings_have_a_cache_of_their_own(tmp_path: Path) -> None:
    files = {
        known_groups_of(tmp_path, settings)._file
        for settings in (Settings(), Settings(line_length=100), Settings(import_roots=("vendored",)))
    }
    assert len(files) == 3


@pytest.mark.parametrize("damage", [b"", b"\x00", b"x" * 40])
def test_a_damaged_cache_is_no_cache(runs: Runs, damage: bytes) -> None:
    first = runs.run()
    runs.cache.write_bytes(runs.cache.read_bytes()[:-5] + damage)
    assert runs.run() == first
    assert runs.migrated == ["chat.py"]


def test_a_cache_that_cannot_be_written_is_no_failure(runs: Runs) -> None:
    runs.cache.mkdir()
    assert runs.run() == runs.run()


def test_with_and_without_the_cache_the_results_are_the_same_whatever_is_edited(runs: Runs) -> None:
    chance = random.Random(0)
    pieces = {
        "chat": [PARTY, PARTY.replace("greet", "wave"), PARTY.replace("onConnect", "onMesage"), "x = 1\n"],
        "helpers": [HELPERS, HELPERS.replace("greet", "wave"), HELPERS + "import chat\n", "x = 1\n"],
        "game": [PARTY.replace("from helpers import greet", "greet = print"), PARTY, "import chat\n"],
        "plain": ["x = 1\n", "import chat\n", "from helpers import *\n", "from game import default\n"],
    }
    for _ in range(40):
        name = chance.choice(list(pieces))
        runs.write(**{name: chance.choice(pieces[name])})
        assert runs.run() == runs.without_cache()

"""What is named decides what is written, and nothing else: each subset of a project's files is named."""

from __future__ import annotations

import itertools
import textwrap
from pathlib import Path

import pytest

from pkcompat.migrate.project import ProjectMigration
from pkcompat.project.pyproject import ToolSettings

HANDLER = """
from partykit.server import PartyKitConnection, PartyKitRoom


def on_connect(connection: PartyKitConnection, room: PartyKitRoom) -> None:
    room.connections["a"].send("hi")
"""
CALLER = """
from c import tell


def f(connection, room):
    tell(room)


default = {"onConnect": f}
"""
PROJECTS = {
    "handlers elsewhere": {
        "board/__init__.py": "from .handlers import on_connect\n\ndefault = {'onConnect': on_connect}\n",
        "board/handlers.py": HANDLER,
    },
    "package's own module": {
        "board/__init__.py": "from . import handlers\n\ndefault = {'onConnect': handlers.on_connect}\n",
        "board/handlers.py": HANDLER,
        "other.py": HANDLER + "\n\ndefault = {'onConnect': on_connect}\n",
    },
    "helper of two": {
        "a.py": CALLER,
        "b.py": CALLER,
        "c.py": "def tell(where):\n    for c in where.connections.values():\n        c.socket.send('x')\n",
    },
    "tests": {
        "app/chat.py": HANDLER + "\n\ndefault = {'onConnect': on_connect}\n",
        "app/quiet.py": HANDLER + "\n\ndefault = {'onConnect': on_connect}\n",
        "tests/test_all.py": "from app.chat import on_connect\nfrom app import quiet\n\nprint(quiet)\n",
    },
    "a reader of the object": {
        "chat.py": HANDLER + "\n\ndefault = {'onConnect': on_connect}\n",
        "reader.py": "from chat import default\n\nprint(sorted(default))\n",
    },
    "classes in a chain": {
        "base.py": "class Base:\n    def onConnect(self, c, r):\n        r.connections['a'].send('x')\n",
        "leaf.py": "from base import Base\n\n\nclass Leaf(Base):\n    def onClose(self, connection, room):\n"
        "        room.broadcast('bye')\n\n\ndefault = Leaf()\n",
    },
}


def migration(folder: Path, files: list[str], named: tuple[str, ...]) -> ProjectMigration:
    others = [folder / file for file in files if file not in named]
    return ProjectMigration([folder / file for file in named], ToolSettings(folder), others=others)


@pytest.mark.parametrize("name", PROJECTS)
def test_the_outcome_does_not_depend_on_what_is_named(tmp_path: Path, name: str) -> None:
    files = PROJECTS[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(textwrap.dedent(text).lstrip("\n"))
    project = migration(tmp_path, list(files), tuple(files))
    whole = {file.path: file for file in project.in_files(project.migrate())}
    assert any(file.changes for file in whole.values())
    for count in range(1, len(files)):
        for named in itertools.combinations(files, count):
            project = migration(tmp_path, list(files), named)
            results = project.in_files(project.migrate())
            assert [result.path for result in results] == [tmp_path / path for path in named]
            for result in results:
                expected = whole[result.path]
                if result.after == expected.after:
                    assert result.outcome == expected.outcome
                    continue
                assert (result.outcome, result.after) == ("untouched", result.before)
                found = [*result.findings, *(each for party in result.parties for each in party.findings)]
                (finding,) = [each for each in found if each.code == "PK407"]
                unnamed = [str(tmp_path / path) for path in files if path not in named]
                assert any(path in finding.message and path in finding.help for path in unnamed)
            free = project.in_files(project.migrate_all())
            assert [(each.outcome, each.after) for each in free] == [
                (whole[each.path].outcome, whole[each.path].after) for each in free
            ]


def test_all_that_the_command_of_the_finding_names_is_written(tmp_path: Path) -> None:
    files = PROJECTS["helper of two"]
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    project = migration(tmp_path, list(files), ("a.py",))
    (result,) = project.in_files(project.migrate())
    ((finding,),) = (party.findings for party in result.parties)
    names = [Path(word).name for word in finding.help.rstrip("`.").split()[3:]]
    project = migration(tmp_path, list(files), tuple(names))
    assert [each.outcome for each in project.in_files(project.migrate())] == ["rewritten"] * len(names)


def test_what_counts_as_the_content_of_a_file_is_read_with_its_project(tmp_path: Path) -> None:
    files = PROJECTS["helper of two"]
    (tmp_path / "c.py").write_text(files["c.py"])
    path = tmp_path / "a.py"
    contents = {path: files["a.py"].encode()}
    project = ProjectMigration([path], ToolSettings(tmp_path), others=[tmp_path / "c.py"], contents=contents)
    (result,) = project.in_files(project.migrate())
    assert [finding.code for finding in result.parties[0].findings] == ["PK407"]
    bad = ProjectMigration([path], ToolSettings(tmp_path), contents={path: b"def f(:\n"})
    assert bad.in_files(bad.migrate())[0].problem is not None

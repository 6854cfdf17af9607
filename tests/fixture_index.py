"""`fixtures/INDEX.md`: what each fixture shows, its recording, and what the codemod finds in it.

Run it as `python -m tests.fixture_index` to write the index; it gets its rows from the fixtures' first lines.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.pkcodemods.regenerate_fixtures import project_files

from pkcodemods import BytesResult, migrate_bytes, migrate_project

FIXTURES = Path(__file__).parents[1] / "fixtures"
INDEX = FIXTURES / "INDEX.md"
BESIDE_OTHERS = {"class_form", "recordings"}
"""Folders without rows of their own: they hold the other half of what `object_form` holds."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of fixtures.

    Attributes:
        name: its path within `fixtures`.
        purpose: what its fixtures are for.
        test: the path of the test that runs them, within `tests`.
        pattern: which of its paths are fixtures.
        source: the file of a fixture that says in its first line what it shows.
        recording: the recording of a fixture, if there were one.
    """

    name: str
    purpose: str
    test: str
    pattern: str = "*.py"
    source: Callable[[Path], Path] = lambda fixture: fixture
    recording: Callable[[Path], Path] = lambda fixture: fixture.with_suffix(".json")

    def fixtures(self) -> list[Path]:
        return sorted((FIXTURES / self.name).glob(self.pattern))


FOLDERS = [
    Folder(
        "object_form",
        "Parties with traffic recorded on PartyKit. `class_form` holds what the codemod makes of them.",
        "test_recordings.py",
        recording=lambda fixture: FIXTURES / "recordings" / f"{fixture.stem}.json",
    ),
    Folder(
        "applications/object_form",
        "Whole applications. `applications/class_form` holds what the codemod makes of them.",
        "differential/test_applications.py",
    ),
    Folder(
        "golden",
        "Modules, with what the codemod makes of each and what it says about it.",
        "pkcodemods/test_golden.py",
        pattern="*/",
        source=lambda fixture: fixture / "before.py",
    ),
    Folder(
        "golden_projects",
        "Files that know each other, with what the codemod makes of them together.",
        "pkcodemods/test_golden.py",
        pattern="*/",
        source=lambda fixture: fixture / "about.txt",
    ),
    Folder(
        "projects",
        "Projects with tests of their own, which pass before and after a migration.",
        "differential/test_projects.py",
        pattern="*/",
        source=lambda fixture: fixture / "about.txt",
    ),
    Folder(
        "differential",
        "Modules whose two forms once behaved differently, some with traffic of their own.",
        "differential/test_kept_modules.py",
    ),
    Folder(
        "connection_flows",
        "Where `room.connections` goes in modules, most of which need no shim.",
        "differential/test_connection_flows.py",
    ),
    Folder(
        "party_flows",
        "Parties of 15 to 40 lines as people write them, most of which need no shim.",
        "differential/test_party_flows.py",
    ),
    Folder(
        "typed",
        "Annotated modules whose class forms type checkers accept.",
        "pkcodemods/test_output_types.py",
    ),
]


def first_line(path: Path) -> str:
    """The first line of a module's docstring, or else of its comments; of another file, its first line."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if path.suffix != ".py":
        return text.partition("\n")[0].strip()
    docstring = ast.get_docstring(ast.parse(text))
    if docstring:
        return docstring.partition("\n")[0].strip()
    first = text.partition("\n")[0]
    return first.removeprefix("#").strip() if first.startswith("# ") else ""


def finding_codes(fixture: Path) -> list[str]:
    """The codes of what the codemod says about a fixture, from `findings.txt` where that is kept."""
    kept = fixture / "findings.txt"
    if kept.exists():
        lines = kept.read_text(encoding="utf-8").splitlines()[1:]
        return sorted({line.split(" ")[1] for line in lines})
    results: Iterable[BytesResult]
    if fixture.is_dir():
        before = fixture / "before"
        results = migrate_project(project_files(before if before.exists() else fixture))
    else:
        results = [migrate_bytes(fixture.read_bytes(), path=fixture.name)]
    parties = (party for result in results for party in result.parties)
    return sorted({finding.code for party in parties for finding in party.findings})


def sections() -> Iterator[str]:
    for folder in FOLDERS:
        yield f"\n## {folder.name}\n\n{folder.purpose} Run by `tests/{folder.test}`.\n"
        yield "\n| Behaviour | Fixture | Recording | Findings |\n| --- | --- | --- | --- |\n"
        for fixture in folder.fixtures():
            recording = folder.recording(fixture)
            cells = [
                first_line(folder.source(fixture)).replace("|", "\\|"),
                _link(fixture),
                _link(recording) if recording.exists() else "",
                ", ".join(finding_codes(fixture)),
            ]
            yield f"| {' | '.join(cells)} |\n"


def index() -> str:
    """The text of the index."""
    head = "# Fixtures\n\nWritten by `python -m tests.fixture_index`; do not edit it by hand.\n"
    return head + "".join(sections())


def _link(path: Path) -> str:
    return f"[{path.stem}]({path.relative_to(FIXTURES).as_posix()})"


if __name__ == "__main__":
    INDEX.write_text(index(), encoding="utf-8")

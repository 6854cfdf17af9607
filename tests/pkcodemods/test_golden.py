"""The golden pairs: what each module becomes, what is told of it, and that both forms behave the same."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from tests.differential.both_forms import party_in, party_of, transcript_of
from tests.pkcodemods.checks import comments
from tests.pkcodemods.regenerate_fixtures import PATH_OF_PAIRS, findings_text, project_files

from pkcodemods import BytesResult, SourceFile, migrate_bytes, migrate_project
from pkcompat.traffic.steps import Close, Connect, Http, Send, Traffic

FIXTURES = Path(__file__).parents[2] / "fixtures"
PAIRS = sorted((FIXTURES / "golden").glob("*/before.py"))
PROJECTS = sorted((FIXTURES / "golden_projects").glob("*"))
TRAFFIC = Traffic(
    "main",
    (
        Connect("a", "/party/room?_pk=a"),
        Connect("b", "/party/room?_pk=b"),
        Send("a", "one"),
        Http("GET", "/party/room"),
        Close("a", 1_000),
        Connect("a", "/party/room?_pk=a"),
        Send("b", "two"),
    ),
)
# An object with a misspelled handler is an error in either form: there is nothing to run.
NOT_RUNNING = {"namespace_near_miss"}


def name_of(path: Path) -> str:
    return path.parent.name


@cache
def migrated(before: Path) -> BytesResult:
    return migrate_bytes(before.read_bytes(), path=PATH_OF_PAIRS)


@cache
def migrated_project(project: Path) -> list[BytesResult]:
    return migrate_project(project_files(project / "before"))


@pytest.mark.parametrize("before", PAIRS, ids=name_of)
def test_the_module_becomes_what_is_written_down(before: Path) -> None:
    result = migrated(before)
    assert result.data.decode() == before.with_name("after.py").read_text(encoding="utf-8")
    assert findings_text(result) == before.with_name("findings.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("before", PAIRS, ids=name_of)
def test_no_comment_is_lost_and_a_second_run_changes_nothing(before: Path) -> None:
    after = before.with_name("after.py").read_bytes()
    for comment in comments(before.read_text(encoding="utf-8")):
        assert comment in after.decode()
    again = migrate_bytes(after, path=PATH_OF_PAIRS)
    assert (again.outcome, again.data) == ("untouched", after)


@pytest.mark.parametrize("before", [path for path in PAIRS if name_of(path) not in NOT_RUNNING], ids=name_of)
def test_both_forms_behave_the_same(before: Path) -> None:
    result = migrated(before)
    sources = before.read_text(encoding="utf-8"), result.data.decode()
    assert result.parties
    for party in result.parties:
        old, new = (transcript_of(party_of(source, party.name), TRAFFIC) for source in sources)
        assert new == old


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_the_files_of_a_project_know_each_other(project: Path) -> None:
    files = project_files(project / "before")
    results = migrated_project(project)
    after = [SourceFile(file.path, result.data) for file, result in zip(files, results, strict=True)]
    expected = project_files(project / "after")
    assert {file.path: file.data for file in after} == {file.path: file.data for file in expected}
    again = migrate_project(after)
    assert [(result.outcome, result.data) for result in again] == [("untouched", f.data) for f in after]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_both_forms_of_a_project_behave_the_same(project: Path) -> None:
    files = project_files(project / "before")
    exports = [
        (file.path, party.name)
        for file, result in zip(files, migrated_project(project), strict=True)
        for party in result.parties
    ]
    assert exports
    for path, export in exports:
        old, new = (
            transcript_of(party_in(project / form, path, export), TRAFFIC) for form in ("before", "after")
        )
        assert new == old

"""Exclusion patterns and `.gitignore` files."""

from pathlib import Path

import pytest

from pkcompat.project.ignore_rules import Exclusion, GitIgnore, PatternError


def test_patterns_are_relative_to_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exclusion = Exclusion(["/build/", "*_legacy.py", "!keep_legacy.py", "docs/*.py"], tmp_path)
    assert exclusion.excludes(tmp_path / "build" / "a.py")
    assert not exclusion.excludes(tmp_path / "src" / "build" / "a.py")
    assert exclusion.excludes(tmp_path / "src" / "chat_legacy.py")
    assert not exclusion.excludes(tmp_path / "src" / "keep_legacy.py")
    assert exclusion.excludes(tmp_path / "docs" / "conf.py")
    monkeypatch.chdir(tmp_path)
    assert exclusion.excludes("build/a.py")
    assert not exclusion.excludes("a.py")


def test_a_file_elsewhere_is_matched_by_its_absolute_path(tmp_path: Path) -> None:
    exclusion = Exclusion(["*_pb2.py", "/src/"], tmp_path / "project")
    assert exclusion.excludes(tmp_path / "other" / "a_pb2.py")
    assert not exclusion.excludes(tmp_path / "src" / "a.py")


def test_without_patterns_nothing_is_excluded(tmp_path: Path) -> None:
    assert not Exclusion([], tmp_path).excludes(tmp_path / "a.py")


def test_what_is_no_pattern_is_said(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match="not a pattern of files"):
        Exclusion(["!"], tmp_path)


def ignored(ignore: GitIgnore, *paths: Path) -> list[bool]:
    return [ignore.ignores(str(path), is_folder=False) for path in paths]


def test_inner_files_win_over_outer_ones_up_to_the_repository(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    folder = repository / "src" / "inner"
    folder.mkdir(parents=True)
    (repository / ".git" / "info").mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("*.py\n")  # outside of the repository
    (repository / ".git" / "info" / "exclude").write_text("mine.py\n")
    (repository / ".gitignore").write_text("gen_*.py\n/src/inner/anchored.py\n")
    (folder / ".gitignore").write_text("!gen_keep.py\n")
    ignore = GitIgnore.of(str(folder)).within(str(folder))
    names = ("a.py", "mine.py", "gen_a.py", "gen_keep.py", "anchored.py")
    assert ignored(ignore, *(folder / name for name in names)) == [False, True, True, False, True]


def test_without_a_repository_the_folder_itself_counts(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.py\n")
    folder = tmp_path / "src"
    folder.mkdir()
    assert ignored(GitIgnore.of(str(folder)), folder / "a.py") == [False]
    (folder / ".gitignore").write_text("build/\n")
    ignore = GitIgnore.of(str(folder)).within(str(folder))
    assert ignore.ignores(str(folder / "build"), is_folder=True)
    assert not ignore.ignores(str(folder / "build"), is_folder=False)

"""The projects that files belong to, and what else lies in them."""

from pathlib import Path

import pytest

from pkcompat.project.ignore_rules import Exclusion
from pkcompat.project.root import other_sources, project_roots


def make(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()


def test_each_file_may_have_a_project_of_its_own(tmp_path: Path) -> None:
    make(tmp_path, "a/__init__.py", "a/b/__init__.py", "a/b/chat.py", "plain/chat.py")
    assert project_roots([tmp_path / "a" / "b", tmp_path / "plain"]) == [tmp_path / "a", tmp_path / "plain"]


def test_a_project_within_another_that_is_read_anyway_is_no_further_one(tmp_path: Path) -> None:
    make(tmp_path, "pyproject.toml", "chat.py", "inner/pyproject.toml", "inner/chat.py")
    assert project_roots([tmp_path, tmp_path / "inner"]) == [tmp_path]
    assert project_roots([tmp_path / "inner"]) == [tmp_path / "inner"]


def test_the_rest_is_named_from_here_and_what_is_ignored_is_not_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "pyproject.toml", "src/a.py", "src/b.py", "tests/t.py", "out/c.py", ".venv/pyvenv.cfg")
    make(tmp_path, ".venv/d.py", "env/pyvenv.cfg", "env/e.py", "old/f.py", ".git/HEAD")
    (tmp_path / ".gitignore").write_text("out/\n")
    exclusions = [Exclusion(["old"], tmp_path)]
    monkeypatch.chdir(tmp_path)
    found = other_sources([Path("src/a.py")], [Path("src/a.py")], exclusions)
    assert found == [Path("src/b.py"), Path("tests/t.py")]
    monkeypatch.chdir(tmp_path / "src")
    found = other_sources([Path("a.py")], [Path("a.py")], exclusions)
    assert found == [Path("../src/b.py"), Path("../tests/t.py")]
    assert other_sources([tmp_path], [], exclusions) == []

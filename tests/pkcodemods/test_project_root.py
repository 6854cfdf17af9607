"""Which project a file belongs to."""

from pathlib import Path

import pytest

from pkcodemods.project_root import name_of_root_package, project_root


def make(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()


@pytest.mark.parametrize("mark", ["pyproject.toml", "partykit.json", ".git/HEAD"])
@pytest.mark.parametrize("named", ["src/app/chat.py", "src/app", "src", "."])
def test_the_project_begins_where_its_settings_lie(tmp_path: Path, mark: str, named: str) -> None:
    make(tmp_path, mark, "src/app/__init__.py", "src/app/chat.py")
    assert project_root(tmp_path / named) == tmp_path


def test_without_settings_it_is_the_outermost_package_or_the_folder(tmp_path: Path) -> None:
    make(tmp_path, "a/__init__.py", "a/b/__init__.py", "a/b/chat.py", "plain/chat.py")
    assert project_root(tmp_path / "a" / "b" / "chat.py") == tmp_path / "a"
    assert project_root(tmp_path / "plain" / "chat.py") == tmp_path / "plain"


def test_a_package_that_is_a_project_has_its_folders_name_unless_that_may_be_called_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a/__init__.py", "a/b/__init__.py", "a/chat.py", "checkout-7/.git/HEAD")
    make(tmp_path, "checkout-7/__init__.py", "checkout-7/board/__init__.py")
    names = {
        file: name_of_root_package(tmp_path / file)
        for file in ("a/__init__.py", "a/b/__init__.py", "a/chat.py", "checkout-7/__init__.py")
    }
    assert list(names.values()) == ["a", None, None, ""]
    assert name_of_root_package(tmp_path / "checkout-7/board/__init__.py") is None
    monkeypatch.chdir(tmp_path / "a")
    assert name_of_root_package(Path("__init__.py")) == "a"

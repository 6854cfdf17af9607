"""What the parties in files are called where they are served."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pkcompat.project.served_names import party_names


def names(folder: Path, *files: str) -> list[str | None]:
    found = party_names(folder / file for file in files)
    return [found.get(folder / file) for file in files]


def write(folder: Path, config: object, name: str = "partykit.json") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(config if isinstance(config, str) else json.dumps(config))


def test_a_party_is_called_as_partykit_json_says_and_main_is_no_name(tmp_path: Path) -> None:
    write(tmp_path, {"main": "src/main.py", "parties": {"chat": "src/rooms.py", "my-game": "./game.py"}})
    assert names(tmp_path, "src/main.py", "src/rooms.py", "game.py", "other.py") == [
        *(None, "chat", "my-game", None)
    ]


@pytest.mark.parametrize(
    "target",
    ["src/rooms.py", "./src/../src/rooms.py", "src/rooms.py:default", "src.rooms", "src.rooms:default"],
)
def test_a_target_may_be_written_in_several_ways(tmp_path: Path, target: str) -> None:
    write(tmp_path, {"parties": {"chat": target}})
    assert names(tmp_path, "src/rooms.py") == ["chat"]
    write(tmp_path, {"parties": {"chat": str(tmp_path / "src/rooms.py")}})
    assert names(tmp_path, "src/rooms.py") == ["chat"]


def test_a_package_is_a_target_as_well(tmp_path: Path) -> None:
    write(tmp_path / "board", "", "__init__.py")
    write(tmp_path, {"parties": {"whiteboard": "board"}})
    assert names(tmp_path, "board/__init__.py") == ["whiteboard"]


def test_a_module_that_serves_several_parties_has_no_name_but_what_is_exported_under_another_is_none_of_it(
    tmp_path: Path,
) -> None:
    write(tmp_path, {"main": "a.py", "parties": {"chat": "a.py", "x": "b.py", "y": "b.py"}})
    assert names(tmp_path, "a.py", "b.py") == [None, None]
    write(tmp_path, {"parties": {"chat": "a.py", "lobby": "a.py:lobby", "poll": "b.py:poll"}})
    assert names(tmp_path, "a.py", "b.py") == ["chat", None]


def test_the_nearest_file_that_serves_a_module_counts(tmp_path: Path) -> None:
    write(tmp_path, {"parties": {"far": "inner/a.py", "farther": "inner/b.py"}})
    write(tmp_path / "inner", {"parties": {"near": "a.py"}}, "partykit.jsonc")
    assert names(tmp_path, "inner/a.py", "inner/b.py") == ["near", "farther"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"parties": 3}', '{"parties": {"a": "a.ts", "b": ""}}'])
def test_a_file_that_cannot_be_used_says_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    assert names(tmp_path, "a.py") == [None]


def test_a_party_in_another_language_says_nothing_of_the_others(tmp_path: Path) -> None:
    write(tmp_path, {"parties": {"chat": "a.py", "lobby": "b.ts", "poll": "no target"}})
    assert names(tmp_path, "a.py", "b.py") == ["chat", None]


def test_files_are_known_by_any_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "project/src", "", "rooms.py")
    write(tmp_path / "project", {"parties": {"chat": "src/rooms.py"}})
    (tmp_path / "link").symlink_to(tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project" / "src")
    for path in (
        "rooms.py",
        "../src/rooms.py",
        f"{tmp_path}/link/src/rooms.py",
        f"{tmp_path}/project/src/rooms.py",
    ):
        assert party_names([Path(path)]) == {Path(path): "chat"}


def test_a_checkout_that_is_a_package_has_the_empty_name(tmp_path: Path) -> None:
    write(tmp_path / "checkout-7" / "board", "", "__init__.py")
    write(tmp_path / "checkout-7", "", "__init__.py")
    assert names(tmp_path, "checkout-7/__init__.py", "checkout-7/board/__init__.py") == ["checkout-7", None]
    write(tmp_path / "checkout-7", "", "pyproject.toml")
    assert names(tmp_path, "checkout-7/__init__.py", "checkout-7/board/__init__.py") == ["", None]

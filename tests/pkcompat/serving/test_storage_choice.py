"""Where rooms are stored: folder, memory, given file."""

from pathlib import Path

import pytest

from partyserver import MemoryStorage, SqliteStorage
from pkcompat.serving.storage_choice import StorageChoiceError, choose_file, open_storage

PROJECT = Path("project")


@pytest.mark.parametrize(
    ("option", "persist", "file"),
    [
        (None, None, "project/.pkcompat/storage.sqlite3"),
        (None, True, "project/.pkcompat/storage.sqlite3"),
        (None, "state", "project/state/storage.sqlite3"),
        (None, False, None),
        ("memory", True, None),
        ("my.db", False, "my.db"),
        ("./memory", None, "memory"),
        ("folder/", None, "folder/storage.sqlite3"),
    ],
)
def test_where_rooms_are_kept(option: str | None, persist: bool | str | None, file: str | None) -> None:
    assert choose_file(option, persist, PROJECT) == (None if file is None else Path(file))


def test_a_folder_that_is_there(tmp_path: Path) -> None:
    assert choose_file(str(tmp_path), None, PROJECT) == tmp_path / "storage.sqlite3"


def test_memory() -> None:
    assert isinstance(open_storage(None, "process"), MemoryStorage)


def test_the_folder_of_its_own_is_hidden_from_git(tmp_path: Path) -> None:
    for folder, hidden in ((".pkcompat", True), ("other", False)):
        file = tmp_path / folder / "storage.sqlite3"
        storage = open_storage(file, "process")
        assert isinstance(storage, SqliteStorage)
        storage.close()
        assert (tmp_path / folder / ".gitignore").exists() is hidden
    (tmp_path / ".pkcompat/.gitignore").write_text("mine")
    open_storage(tmp_path / ".pkcompat/storage.sqlite3", "process").close()
    assert (tmp_path / ".pkcompat/.gitignore").read_text() == "mine"


def test_what_is_no_storage_file(tmp_path: Path) -> None:
    file = tmp_path / "text.db"
    file.write_text("no database, but long enough to be looked at " * 100)
    with pytest.raises(
        StorageChoiceError, match=r"text\.db is no SQLite file; .* \(--storage PATH, or --storage memory\)"
    ):
        open_storage(file, "process")

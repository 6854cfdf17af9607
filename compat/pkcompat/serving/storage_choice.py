"""Which storage `pkcompat serve` uses for rooms."""

from __future__ import annotations

import os
from pathlib import Path

from partyserver import MemoryStorage, SqliteStorage, StorageBackend, StorageFileError
from partyserver.storage import STATE_BYTES, Durability
from pkcompat.errors import PkcompatError
from pkcompat.project import FOLDER_NAME, hide_from_git

MEMORY = "memory"
FILE_NAME = "storage.sqlite3"


class StorageChoiceError(PkcompatError):
    """The storage cannot be opened. The message says why, and what to do."""


def choose_file(option: str | None, persist: bool | str | None, project: Path) -> Path | None:
    """Choose the storage file of rooms; None for memory.

    Args:
        option: a file, a folder (an existing one, or a path that ends with a slash) for a file of the usual
            name, or `memory`; None to leave it to the project.
        persist: the setting in `partykit.json`: whether to keep rooms, or in which folder.
        project: the project's folder, in which rooms are kept by default.
    """
    if option is not None:
        path = Path(option)
        if option == MEMORY:
            return None
        return path / FILE_NAME if option.endswith("/") or os.path.isdir(path) else path
    if persist is False:
        return None
    folder = persist if isinstance(persist, str) else FOLDER_NAME
    return project / folder / FILE_NAME


def open_storage(file: Path | None, durability: Durability, memory: int = STATE_BYTES) -> StorageBackend:
    """Open the storage in a file, or in memory.

    Args:
        file: the file; None for storage that ends with the process.
        durability: what stored data survives.
        memory: bytes of what a file holds that are kept in memory.

    Raises:
        StorageChoiceError: the file cannot be used.
    """
    if file is None:
        return MemoryStorage()
    try:
        storage = SqliteStorage(file, durability=durability, memory=memory)
    except StorageFileError as error:
        raise StorageChoiceError(f"{error} (--storage PATH, or --storage memory)") from None
    hide_from_git(file.parent)
    return storage

"""A SQLite file whose next commits a test lets fail."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from partyserver import SqliteStorage, StorageError
from partyserver.storage.backend import Changes, Commit, RoomKey
from partyserver.storage.sqlite_store import Durability, SqliteStore


class LosingStorage(SqliteStorage):
    """Fails as many of its next commits as `losing` says."""

    losing = 0

    def __init__(self, path: Path, durability: Durability = "process") -> None:
        super().__init__(path, durability=durability)
        self.store.close()
        self.store = _LosingStore(self, path, durability)
        self.store.open()


class _LosingStore(SqliteStore):
    def __init__(self, storage: LosingStorage, path: Path, durability: Durability) -> None:
        super().__init__(path, durability)
        self._storage = storage

    def commit(self, changes: Mapping[RoomKey, Changes], done: Commit) -> None:
        if self._storage.losing:
            self._storage.losing -= 1
            raise StorageError(f"{self.path} cannot be written to, says the test")
        super().commit(changes, done)

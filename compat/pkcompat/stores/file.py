"""Rooms' data in a SQLite file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from partyserver import SqliteStorage, StorageError
from partyserver.storage import Changes, KeyRange, RoomKey, until_committed
from pkcompat.stores.store import RoomContent, Store, StoreError


class FileStore(Store):
    """A file that no host has open."""

    def __init__(self, path: Path, *, must_exist: bool) -> None:
        """
        Args:
            path: the file.
            must_exist: whether it is an error that there is none; else it is made.

        Raises:
            StoreError: it cannot be opened.
        """
        self.name = str(path)
        if must_exist and not path.exists():
            raise StoreError(f"{path}: there is no such storage file")
        try:
            self._storage = SqliteStorage(path, durability="power")
        except StorageError as error:
            raise StoreError(str(error)) from None

    async def rooms(self) -> AsyncIterator[RoomKey]:
        try:
            found = self._storage.rooms()
        except StorageError as error:
            raise StoreError(str(error)) from None
        for room in found:
            yield room

    async def read(self, room: RoomKey) -> RoomContent:
        store = self._storage.room(*room)
        try:
            return RoomContent(dict(store.scan(KeyRange())), store.get_alarm())
        except StorageError as error:
            raise StoreError(str(error)) from None

    async def write(self, room: RoomKey, content: RoomContent) -> None:
        try:
            self._storage.room(*room).apply(Changes(content.entries, clear=True, alarm=content.alarm))
            await until_committed(self._storage)
        except StorageError as error:
            raise StoreError(str(error)) from None

    async def close(self) -> None:
        self._storage.close()

"""Rooms' data in a SQLite file."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from partyserver import SqliteStorage, StorageError
from partyserver.storage import Changes, KeyRange, RoomKey, until_committed
from pkcompat.stores.store import RoomContent, RoomSize, Store, StoreError


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
        if must_exist:
            _check_there(path)
        self._sizes: dict[RoomKey, tuple[int, int]] | None = None  # until something is written
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
        await asyncio.sleep(0)  # else no Ctrl-C would come through
        store = self._storage.room(*room)
        try:
            return RoomContent(dict(store.scan(KeyRange())), store.get_alarm())
        except StorageError as error:
            raise StoreError(str(error)) from None

    async def size(self, room: RoomKey) -> RoomSize:
        await asyncio.sleep(0)
        try:
            if self._sizes is None:
                self._sizes = self._storage.store.sizes()
            keys, size = self._sizes.get(room, (0, 0))
            return RoomSize(keys, size, self._storage.room(*room).get_alarm())
        except StorageError as error:
            raise StoreError(str(error)) from None

    async def write(self, contents: Mapping[RoomKey, RoomContent]) -> None:
        self._sizes = None
        try:
            for room, content in contents.items():  # of one turn, and so one transaction
                self._storage.room(*room).apply(Changes(content.entries, clear=True, alarm=content.alarm))
            await until_committed(self._storage)
        except StorageError as error:
            raise StoreError(str(error)) from None

    async def close(self) -> None:
        self._storage.close()


def _check_there(path: Path) -> None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise StoreError(f"{path}: there is no such storage file") from None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from None
    if stat.S_ISREG(status.st_mode) and not status.st_size:  # opening it would make one of it
        raise StoreError(f"{path}: is empty, and so no storage file")

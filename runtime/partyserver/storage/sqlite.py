"""Storage in one SQLite file: durable, for every room of a host."""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

from partyserver.storage.backend import RoomKey
from partyserver.storage.sqlite_store import Durability, SqliteStore
from partyserver.storage.state_in_memory import STATE_BYTES, StateInMemory


class SqliteStorage(StateInMemory):
    """Keeps every room's data in one SQLite file, and what was used last in memory.

    The writes of one turn of the event loop, of all rooms, are one transaction, committed at the turn's end.

    Attributes:
        path: the file.
    """

    store: SqliteStore

    def __init__(
        self, path: str | os.PathLike[str], *, durability: Durability = "process", memory: int = STATE_BYTES
    ) -> None:
        """Open the file; it and its folder are made if there are none.

        Args:
            path: the file. While it is open SQLite keeps another beside it, its `-wal`.
            durability: `process`: what was committed outlives the process, even `kill -9`, since the
                operating system has it; after a power failure the last seconds may be missing, but nothing is
                damaged. `power`: it outlives a power failure too: a commit counts once it was flushed to
                disk. A thread does that, and commits that arrive during a flush share the next one.
            memory: bytes of rooms' state that are kept in memory; larger rooms work by SQL.

        Raises:
            StorageFileError: the file cannot be opened, is no storage file, is damaged, or is in use.
            ValueError: there is no such durability, or the memory is negative.
        """
        if durability not in get_args(Durability):
            raise ValueError(f'durability is "process" or "power", got {durability!r}')
        if memory < 0:
            raise ValueError(f"memory is a number of bytes, got {memory!r}")
        self.path = Path(path)
        super().__init__(SqliteStore(self.path, durability), memory)
        self.open()

    def rooms(self) -> list[RoomKey]:
        """Party and id of every room that has values or an alarm in the file, in order.

        Raises:
            StorageError: they cannot be read.
        """
        return self.store.rooms()

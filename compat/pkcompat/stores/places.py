"""Opens what the command line names as a place of rooms' data."""

from __future__ import annotations

from pathlib import Path

from pkcompat.serving import choose_file
from pkcompat.stores.file import FileStore
from pkcompat.stores.store import Store, StoreError

_POSTGRES = ("postgresql://", "postgres://")


def file_of(place: str) -> Path | None:
    """The storage file that a place names; None for one in PostgreSQL.

    Raises:
        StoreError: it names memory.
    """
    if place.startswith(_POSTGRES):
        return None
    file = choose_file(place, None, Path())
    if file is None:
        raise StoreError("rooms in memory end with their host; name a storage file or postgresql://...")
    return file


async def open_place(place: str, namespace: str, *, must_exist: bool = True) -> Store:
    """Open a place of rooms' data.

    Args:
        place: a storage file, the folder that it is in, or `postgresql://USER@HOST/DATABASE`.
        namespace: the schema of the cluster there.
        must_exist: whether it is an error that there is no such file.

    Raises:
        StoreError: it cannot be used.
    """
    file = file_of(place)
    if file is not None:
        return FileStore(file, must_exist=must_exist)
    from pkcompat.stores.cluster import ClusterStore

    return await ClusterStore.join(place, namespace)

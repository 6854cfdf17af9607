"""Key ranges in SQLite agree with a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from partyserver import SqliteStorage
from partyserver.storage import until_committed
from partyserver.storage.backend import Changes, KeyRange
from partyserver.storage.sqlite_store import end_of_prefix


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SqliteStorage]:
    storage = SqliteStorage(tmp_path / "rooms.sqlite")
    yield storage
    storage.close()


RANGES = [
    KeyRange(),
    KeyRange(prefix="b"),
    KeyRange(prefix="b", reverse=True, limit=2),
    KeyRange(start="b1", end="b3"),
    KeyRange(after="b1"),
    KeyRange(start="c", end="b"),
    KeyRange(prefix="\U0010ffff"),
    KeyRange(prefix="é", start="é"),
    KeyRange(end=""),
    KeyRange(limit=1),
    KeyRange(limit=2**63),
]


@pytest.mark.parametrize("key_range", RANGES)
async def test_ranges_are_those_of_the_model(storage: SqliteStorage, key_range: KeyRange) -> None:
    keys = [
        "",
        "a",
        "b",
        "b1",
        "b2",
        "b\U0010ffff",
        "c",
        "é",
        "é1",
        "\ud7ff",
        "\ue000",
        "\U0010ffff",
        "\U0010ffffx",
    ]
    room = storage.room("main", "a")
    room.apply(Changes({key: key.encode() for key in keys}))
    assert [key for key, _ in room.scan(key_range)] == key_range.select(keys)


@pytest.mark.parametrize(
    ("prefix", "end"),
    [("a", "b"), ("a\U0010ffff", "b"), ("\U0010ffff", None), ("\ud7ff", "\ue000"), ("", None)],
)
def test_end_of_prefix(prefix: str, end: str | None) -> None:
    assert end_of_prefix(prefix) == end


async def test_a_list_of_rooms_skips_over_their_keys(storage: SqliteStorage) -> None:
    for room in range(50):
        changes = Changes({f"{key}": b"x" for key in range(200)})
        storage.room("main", f"r{room:02}").apply(changes)
    await until_committed(storage)
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    storage.store.database.set_progress_handler(step, 1)
    found = storage.store.rooms_of("main", KeyRange(after="r09", prefix="r", limit=20))
    storage.store.database.set_progress_handler(None, 1)
    assert list(found) == [f"r{room}" for room in range(10, 30)]
    assert steps < 20 * 150  # of SQLite's machine: for 4,000 keys it would take several times as many

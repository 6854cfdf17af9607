"""Key ranges in SQLite agree with a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from partyserver import SqliteStorage
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

"""What a storage call costs, in calls, memory and SQL statements. Counted, not timed: `make bench` measures.

The numbers may fall. Before one is raised, the benchmark should show that it has to be.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.partyserver.call_counting import count_calls, peak_memory

from partyserver import SqliteStorage, Storage
from partyserver.storage import InputGate, RoomCommits, until_committed

VALUE = {"name": "somebody", "score": 7, "tags": ["a", "b"]}

Call = Callable[[Storage], Awaitable[Any]]


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[SqliteStorage]:
    backend = SqliteStorage(tmp_path / "rooms.sqlite")
    yield backend
    backend.close()


def room_of(backend: SqliteStorage, name: str = "room") -> Storage:
    commits = RoomCommits(backend, lambda: None)
    return Storage(backend.room("main", name), InputGate(), lambda changes: commits.wrote())


async def calls_of(storage: Storage, call: Call, times: int) -> int:
    """How many calls of Python functions so many storage calls in a turn make."""

    async def work() -> None:
        for _ in range(times):
            await call(storage)

    return await count_calls(work)


# At most so many calls of Python functions for one more storage call in a turn.
COSTS: dict[str, tuple[Call, int]] = {
    "get": (lambda storage: storage.get("key"), 11),
    "put": (lambda storage: storage.put("key", VALUE), 16),
    "delete": (lambda storage: storage.delete("key"), 21),
}


@pytest.mark.parametrize("name", COSTS)
async def test_how_many_calls_a_storage_call_takes(backend: SqliteStorage, name: str) -> None:
    call, at_most = COSTS[name]
    storage = room_of(backend)
    await storage.put("key", VALUE)
    await until_committed(backend)
    one = await calls_of(storage, call, 1)
    assert (await calls_of(storage, call, 101) - one) / 100 <= at_most


async def test_how_much_memory_puts_of_other_keys_take_in_a_turn(backend: SqliteStorage) -> None:
    """Nearly the same in every run: what the turn remembers until it is stored."""
    storage = room_of(backend)

    async def work(times: int) -> None:
        for number in range(times):
            await storage.put(f"key {number}", VALUE)

    for _ in range(2):
        await work(201)
        await until_committed(backend)
    a_put = (await peak_memory(lambda: work(201)) - await peak_memory(lambda: work(1))) / 200
    await until_committed(backend)
    assert a_put <= 250  # bytes


async def test_calls_in_a_turn_run_no_sql_and_its_end_runs_three_statements_for_any_number_of_rooms(
    backend: SqliteStorage,
) -> None:
    await room_of(backend, "0").put("key", VALUE)
    await until_committed(backend)
    statements: list[str] = []
    backend.store.database.set_trace_callback(statements.append)
    for name in range(20):
        storage = room_of(backend, str(name))
        for number in range(5):
            await storage.put(f"key {number}", VALUE)
            assert await storage.get(f"key {number}") == VALUE
    assert await room_of(backend, "0").get("key") == VALUE
    assert statements == []
    await until_committed(backend)
    kinds = [statement.split()[0] for statement in statements]
    assert kinds == ["BEGIN", *["INSERT"] * 100, "COMMIT"]  # each row of an `executemany` is traced
    statements.clear()
    await storage.put("key", VALUE)
    await until_committed(backend)
    assert [statement.split()[0] for statement in statements] == ["INSERT"]  # a transaction by itself

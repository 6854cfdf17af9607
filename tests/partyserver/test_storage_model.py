"""Storage of both kinds against a dict, under random calls."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from partyserver import MemoryStorage, SqliteStorage, Storage, Transaction
from partyserver.gate import InputGate
from partyserver.storage_backend import StorageBackend

KEYS = st.text(st.sampled_from("ab\x00é\U0001f600"), max_size=3)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=5,
)
BOUNDS = st.none() | KEYS


class StorageMachine(RuleBasedStateMachine):
    """One room's storage beside a dict."""

    def make_backend(self) -> StorageBackend:
        return MemoryStorage()

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.backend = self.make_backend()
        self.open()
        self.model: dict[str, Any] = {}
        self.alarm: int | None = None

    def open(self) -> None:
        self.storage = Storage(self.backend.room("main", "room"), InputGate(), lambda changes: None)

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(call)

    @rule(key=KEYS, value=VALUES)
    def put(self, key: str, value: Any) -> None:
        self.run(self.storage.put(key, value))
        self.model[key] = value

    @rule(entries=st.dictionaries(KEYS, VALUES, max_size=4))
    def put_several(self, entries: dict[str, Any]) -> None:
        self.run(self.storage.put(entries))
        self.model |= entries

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        assert self.run(self.storage.get(key)) == self.model.get(key)

    @rule(keys=st.lists(KEYS, max_size=4))
    def get_several(self, keys: list[str]) -> None:
        expected = {key: self.model[key] for key in sorted(set(keys)) if key in self.model}
        assert list(self.run(self.storage.get(keys)).items()) == list(expected.items())

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        assert self.run(self.storage.delete(key)) is (key in self.model)
        self.model.pop(key, None)

    @rule(keys=st.lists(KEYS, max_size=4))
    def delete_several(self, keys: list[str]) -> None:
        assert self.run(self.storage.delete(keys)) == len(set(keys) & set(self.model))
        for key in keys:
            self.model.pop(key, None)

    @rule()
    def delete_all(self) -> None:
        self.run(self.storage.delete_all())
        self.model.clear()

    @rule(
        start=BOUNDS,
        end=BOUNDS,
        prefix=BOUNDS,
        after=st.booleans(),
        reverse=st.booleans(),
        limit=st.none() | st.integers(1, 4),
    )
    def list_range(
        self,
        start: str | None,
        end: str | None,
        prefix: str | None,
        after: bool,
        reverse: bool,
        limit: int | None,
    ) -> None:
        bounds = {"start_after": start} if after else {"start": start}
        found = self.run(self.storage.list(**bounds, end=end, prefix=prefix, reverse=reverse, limit=limit))
        keys = [
            key
            for key in sorted(self.model, key=lambda key: key.encode(), reverse=reverse)
            if (start is None or (key.encode() > start.encode() if after else key.encode() >= start.encode()))
            and (end is None or key.encode() < end.encode())
            and key.startswith(prefix or "")
        ]
        assert list(found.items()) == [(key, self.model[key]) for key in keys[:limit]]

    @rule(
        entries=st.dictionaries(KEYS, VALUES, max_size=3),
        gone=KEYS,
        how=st.sampled_from(["commit", "raise", "rollback"]),
    )
    def transaction(self, entries: dict[str, Any], gone: str, how: str) -> None:
        async def change(transaction: Transaction) -> None:
            await transaction.put(entries)
            await self.storage.delete(gone)
            assert await transaction.list() == {k: v for k, v in (self.model | entries).items() if k != gone}
            if how == "raise":
                raise LookupError("no")
            if how == "rollback":
                transaction.rollback()

        try:
            self.run(self.storage.transaction(change))
        except LookupError:
            assert how == "raise"
        if how == "commit":
            self.model |= entries
            self.model.pop(gone, None)

    @rule(when=st.none() | st.integers(1, 2**52))
    def set_alarm(self, when: int | None) -> None:
        self.run(self.storage.delete_alarm() if when is None else self.storage.set_alarm(when))
        self.alarm = when

    @invariant()
    def alarm_is_that_of_the_model(self) -> None:
        assert self.run(self.storage.get_alarm()) == self.alarm

    def teardown(self) -> None:
        self.runner.close()
        self.backend.close()


class SqliteMachine(StorageMachine):
    """The same on SQLite, with restarts."""

    def make_backend(self) -> StorageBackend:
        self.folder = tempfile.TemporaryDirectory()
        return SqliteStorage(Path(self.folder.name) / "rooms.sqlite")

    @rule()
    def restart(self) -> None:
        self.backend.close()
        self.backend = SqliteStorage(Path(self.folder.name) / "rooms.sqlite")
        self.open()

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


TestMemoryStorage = StorageMachine.TestCase
TestMemoryStorage.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSqliteStorage = SqliteMachine.TestCase
TestSqliteStorage.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)

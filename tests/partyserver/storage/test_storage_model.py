"""Storage of every kind against a dict, under random calls, restarts and crashes."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from partyserver import MemoryStorage, SqliteStorage, Storage, StorageValueError, Transaction
from partyserver.storage.backend import Alarm, Changes, StorageBackend
from partyserver.storage.input_gate import InputGate
from partyserver.storage.output_gate import until_committed
from partyserver.storage.room_storage import EARLIEST_ALARM_MS
from partyserver.storage.sqlite_store import Durability
from partyserver.storage.state_in_memory import STATE_BYTES

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
ALARMS = st.none() | st.integers(EARLIEST_ALARM_MS, 2**52)


def new_alarm(when: int | None) -> Alarm | None:
    return None if when is None else Alarm.at(when)


def visible(alarm: Alarm | None) -> int | None:
    return None if alarm is None or alarm.ringing else alarm.due


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
        self.alarm: Alarm | None = None

    def open(self) -> None:
        self.storage = Storage(self.backend.room("main", "room"), InputGate(), lambda changes: None)
        self.neighbour = Storage(self.backend.room("main", "room2"), InputGate(), lambda changes: None)

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
        clear=st.booleans(),
        entries=st.dictionaries(KEYS, VALUES, max_size=3),
        gone=KEYS,
        alarm=ALARMS | st.just("keep"),
        how=st.sampled_from(["commit", "raise", "rollback"]),
    )
    def transaction(self, clear: bool, entries: dict[str, Any], gone: str, alarm: Any, how: str) -> None:
        before = {} if clear else self.model
        expected = {key: value for key, value in (before | entries).items() if key != gone}
        expected_alarm = self.alarm if alarm == "keep" else new_alarm(alarm)

        async def change(transaction: Transaction) -> None:
            if clear:
                await transaction.delete_all()
            await transaction.put(entries)
            await self.storage.delete(gone)
            if alarm != "keep":
                await (transaction.delete_alarm() if alarm is None else transaction.set_alarm(alarm))
            assert await transaction.list() == expected
            assert await self.storage.get_alarm() == visible(expected_alarm)
            if how == "raise":
                raise LookupError("no")
            if how == "rollback":
                transaction.rollback()

        try:
            self.run(self.storage.transaction(change))
        except LookupError:
            assert how == "raise"
        if how == "commit":
            self.model, self.alarm = expected, expected_alarm

    @rule(first=KEYS, value=VALUES, bad=st.sampled_from([object(), b"x" * 200_000]))
    def put_what_is_refused(self, first: str, value: Any, bad: Any) -> None:
        with pytest.raises(StorageValueError):
            self.run(self.storage.put({first: value, "bad": bad}))

    @rule(key=KEYS, value=VALUES)
    def put_in_another_room(self, key: str, value: Any) -> None:
        self.run(self.neighbour.put(key, value))
        self.run(self.neighbour.set_alarm(1_000_000_000_000))

    @rule(when=ALARMS)
    def set_alarm(self, when: int | None) -> None:
        self.run(self.storage.delete_alarm() if when is None else self.storage.set_alarm(when))
        self.alarm = new_alarm(when)

    @rule(retries=st.integers(0, 6), ringing=st.booleans(), out_of_tries=st.booleans())
    def alarm_rings(self, retries: int, ringing: bool, out_of_tries: bool) -> None:
        """What the alarm schedule does to an alarm."""
        if self.alarm is None:
            return
        due = self.alarm.due
        self.alarm = changed = Alarm(due, None if out_of_tries else due + 2_000, retries, ringing)

        async def apply() -> None:
            self.backend.room("main", "room").apply(Changes(alarm=changed))

        self.run(apply())

    @invariant()
    def alarm_is_that_of_the_model(self) -> None:
        assert self.backend.room("main", "room").get_alarm() == self.alarm
        assert self.run(self.storage.get_alarm()) == visible(self.alarm)
        assert (("main", "room") in set(self.backend.alarms())) is (self.alarm is not None)

    def teardown(self) -> None:
        self.runner.close()
        self.backend.close()


class SqliteMachine(StorageMachine):
    """The same on SQLite, with restarts and crashes."""

    durability: Durability = "process"
    memory = STATE_BYTES

    def make_backend(self) -> StorageBackend:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "rooms.sqlite"
        return self.opened()

    def opened(self) -> SqliteStorage:
        return SqliteStorage(self.path, durability=self.durability, memory=self.memory)

    @rule()
    def restart(self) -> None:
        self.backend.close()
        self.backend = self.opened()
        self.open()

    @rule()
    def crash(self) -> None:
        """Go on with the files as they are now, as after `kill -9`."""

        async def committed() -> None:
            await until_committed(self.backend)

        self.run(committed())
        folder = Path(tempfile.mkdtemp(dir=self.folder.name))
        for file in self.path.parent.glob("rooms.sqlite*"):
            shutil.copy(file, folder)
        self.backend.close()
        self.path = folder / "rooms.sqlite"
        self.backend = self.opened()
        self.open()

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


class FlushedSqliteMachine(SqliteMachine):
    """The same with an fsync a commit."""

    durability: Durability = "power"


class ForgetfulSqliteMachine(SqliteMachine):
    """The same with memory for two values."""

    memory = 1_200


TestMemoryStorage = StorageMachine.TestCase
TestMemoryStorage.settings = settings(max_examples=60, stateful_step_count=30)
TestSqliteStorage = SqliteMachine.TestCase
TestSqliteStorage.settings = settings(max_examples=40, stateful_step_count=30)
TestForgetfulSqliteStorage = ForgetfulSqliteMachine.TestCase
TestForgetfulSqliteStorage.settings = settings(max_examples=30, stateful_step_count=30)
TestFlushedSqliteStorage = FlushedSqliteMachine.TestCase
TestFlushedSqliteStorage.settings = settings(max_examples=10, stateful_step_count=30)

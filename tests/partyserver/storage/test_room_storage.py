"""`room.storage`: get, put, delete, list, transactions, alarms, keys and limits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from partyserver import StorageError, StorageKeyError, StorageValueError, TransactionEndedError
from partyserver.exceptions import AlarmTimeError
from partyserver.storage.input_gate import InputGate
from partyserver.storage.memory import MemoryStorage
from partyserver.storage.room_storage import Storage, Transaction


@pytest.fixture
async def storage() -> Storage:
    return Storage(MemoryStorage().room("main", "room"), InputGate(), lambda changes: None)


async def fill(storage: Storage, *keys: str) -> None:
    await storage.put({key: key.upper() for key in keys})


async def test_get_of_one_key_is_the_value_or_none(storage: Storage) -> None:
    await storage.put("k", {"x": [1, 2.5, "é", None, True]})
    assert await storage.get("k") == {"x": [1, 2.5, "é", None, True]}
    assert await storage.get("nope") is None


async def test_get_of_several_keys_is_ordered_by_key_and_without_the_missing(storage: Storage) -> None:
    await fill(storage, "b", "a")
    assert list((await storage.get(["b", "zz", "a"])).items()) == [("a", "A"), ("b", "B")]


async def test_values_are_copied_in_and_out(storage: Storage) -> None:
    value = [1]
    await storage.put("k", value)
    value.append(2)
    (await storage.get("k")).append(3)
    assert await storage.get("k") == [1]


async def test_delete_tells_what_was_there(storage: Storage) -> None:
    await fill(storage, "a", "b", "c")
    assert await storage.delete("a") is True
    assert await storage.delete("a") is False
    assert await storage.delete(["b", "b", "zz", "c"]) == 2
    assert await storage.list() == {}


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({}, "a b1 b2 b3 c"),
        ({"prefix": "b"}, "b1 b2 b3"),
        ({"prefix": "b", "reverse": True, "limit": 2}, "b3 b2"),
        ({"start": "b1", "end": "b3"}, "b1 b2"),
        ({"start_after": "b1"}, "b2 b3 c"),
        ({"start_after": "b0", "limit": 1}, "b1"),
        ({"start": "b2", "reverse": True}, "c b3 b2"),
        ({"end": "b2", "reverse": True}, "b1 a"),
        ({"start": "c", "end": "b"}, ""),
        ({"prefix": "b", "start": "b2"}, "b2 b3"),
    ],
)
async def test_list(storage: Storage, options: dict[str, Any], keys: str) -> None:
    await fill(storage, "b2", "a", "c", "b1", "b3")
    assert list(await storage.list(**options)) == keys.split()


async def test_keys_are_ordered_by_their_utf8_bytes(storage: Storage) -> None:
    keys = ["\uffff", "\U0001f600", "z", "é", "Z"]
    await fill(storage, *keys)
    assert list(await storage.list()) == sorted(keys, key=lambda key: key.encode())


@pytest.mark.parametrize(
    "options",
    [{"start": "a", "start_after": "a"}, {"limit": 0}, {"limit": -1}, {"limit": True}, {"limit": "1"}],
)
async def test_list_refuses_contradictions(storage: Storage, options: dict[str, Any]) -> None:
    with pytest.raises(StorageError):
        await storage.list(**options)


@pytest.mark.parametrize("bound", ["start", "start_after", "end", "prefix"])
async def test_a_bound_of_list_is_a_text(storage: Storage, bound: str) -> None:
    with pytest.raises(TypeError, match=rf"\({bound}=\.\.\.\) is a str, got int"):
        await storage.list(**{bound: 1})  # type: ignore[arg-type]
    with pytest.raises(StorageKeyError, match="no valid text"):
        await storage.list(**{bound: "\ud800"})  # type: ignore[arg-type]
    assert await storage.list(**{bound: "k" * 3_000}) == {}  # type: ignore[arg-type]


async def test_the_empty_key_is_a_key(storage: Storage) -> None:
    await storage.put("", 1)
    assert await storage.list() == {"": 1}


@pytest.mark.parametrize("key", ["k" * 2_049, "é" * 1_025, 7, "\ud800"])
async def test_bad_keys_write_nothing(storage: Storage, key: Any) -> None:
    with pytest.raises(StorageKeyError):
        await storage.put({"good": 1, key: 2})
    assert await storage.list() == {}


async def test_a_key_of_2048_bytes_is_kept(storage: Storage) -> None:
    await storage.put("k" * 2_048, 1)
    assert await storage.get("k" * 2_048) == 1


async def test_a_value_over_128_kib_writes_nothing_and_names_its_key(storage: Storage) -> None:
    await storage.put("k", b"x" * 131_000)
    with pytest.raises(StorageValueError, match=r"'big'.*131,072"):
        await storage.put({"k": 1, "big": b"x" * 131_073})
    assert await storage.get("k") == b"x" * 131_000


async def test_put_wants_a_value_for_a_key_and_none_for_a_mapping(storage: Storage) -> None:
    with pytest.raises(TypeError, match="no value"):
        await storage.put("k")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="put"):
        await storage.put({"k": 1}, 2)  # type: ignore[call-overload]


async def test_delete_all_forgets_the_keys_and_keeps_the_alarm(storage: Storage) -> None:
    await fill(storage, "a", "b")
    await storage.set_alarm(1_000_000_005_000)
    await storage.delete_all()
    assert await storage.list() == {}
    assert await storage.get_alarm() == 1_000_000_005_000


async def test_a_transaction_is_seen_whole_or_not_at_all(storage: Storage) -> None:
    await fill(storage, "a", "b")

    async def move(transaction: Transaction) -> str:
        await transaction.delete("a")
        await transaction.put("c", "A")
        await transaction.set_alarm(1_000_000_000_009)
        assert await transaction.list() == {"b": "B", "c": "A"}
        assert await transaction.get_alarm() == 1_000_000_000_009
        return "moved"

    assert await storage.transaction(move) == "moved"
    assert await storage.list() == {"b": "B", "c": "A"}
    assert await storage.get_alarm() == 1_000_000_000_009


async def test_room_storage_within_a_transaction_belongs_to_it(storage: Storage) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def fail(transaction: Transaction) -> None:
        await transaction.put("a", 1)
        assert await storage.get("a") == 1
        await storage.put("b", 2)
        assert await storage.transaction(lambda inner: inner.list()) == {"a": 1, "b": 2}
        started.set()
        await go_on.wait()
        raise LookupError("no")

    failing = asyncio.ensure_future(storage.transaction(fail))
    await started.wait()
    assert await storage.list() == {}
    await storage.put("from outside", 3)
    go_on.set()
    with pytest.raises(LookupError):
        await failing
    assert await storage.list() == {"from outside": 3}


async def test_transactions_run_one_after_another(storage: Storage) -> None:
    async def add(transaction: Transaction) -> None:
        count = await transaction.get("count") or 0
        await asyncio.sleep(0.001)
        await transaction.put("count", count + 1)

    await asyncio.gather(*(storage.transaction(add) for _ in range(4)))
    assert await storage.get("count") == 4


async def test_a_transaction_is_of_no_use_after_its_end(storage: Storage) -> None:
    kept: list[Transaction] = []
    await storage.transaction(kept.append)
    with pytest.raises(TransactionEndedError, match="has ended"):
        await kept[0].put("a", 1)


async def test_an_exception_undoes_a_transaction(storage: Storage) -> None:
    await fill(storage, "a")

    async def fail(transaction: Transaction) -> None:
        await transaction.delete_all()
        await transaction.put("b", 1)
        assert await transaction.get(["a", "b"]) == {"b": 1}
        raise LookupError("no")

    with pytest.raises(LookupError):
        await storage.transaction(fail)
    assert await storage.list() == {"a": "A"}


async def test_rollback_undoes_a_transaction_without_an_error(storage: Storage) -> None:
    async def regret(transaction: Transaction) -> str:
        await transaction.put("a", 1)
        transaction.rollback()
        with pytest.raises(TransactionEndedError):
            await transaction.get("a")
        return "regretted"

    assert await storage.transaction(regret) == "regretted"
    assert await storage.list() == {}


async def test_a_transaction_may_be_a_plain_function(storage: Storage) -> None:
    assert await storage.transaction(lambda transaction: 7) == 7


async def test_alarm_times(storage: Storage) -> None:
    assert await storage.get_alarm() is None
    await storage.set_alarm(1_700_000_000_000.9)
    assert await storage.get_alarm() == 1_700_000_000_000
    await storage.set_alarm(datetime(2027, 1, 1, tzinfo=UTC))
    assert await storage.get_alarm() == 1_798_761_600_000
    await storage.delete_alarm()
    assert await storage.get_alarm() is None


@pytest.mark.parametrize(
    "when", [datetime(2027, 1, 1), "soon", None, True, 0, -1, float("nan"), float("inf"), 1e308, 10**30]
)
async def test_what_is_no_time(storage: Storage, when: Any) -> None:
    with pytest.raises(AlarmTimeError):
        await storage.set_alarm(when)


@pytest.mark.parametrize("when", [1, 5_000, 1_800_000_000, 978_307_199_999])
async def test_a_time_in_seconds_is_refused(storage: Storage, when: int) -> None:
    """`time.time() + 5` would ring at once: it is in 1970."""
    with pytest.raises(AlarmTimeError, match=r"takes milliseconds since the epoch, .* are these seconds\?"):
        await storage.set_alarm(when)


async def test_concurrent_tasks_see_each_call_whole(storage: Storage) -> None:
    await asyncio.gather(*(storage.put(f"k{n}", n) for n in range(20)))
    assert len(await storage.list()) == 20


async def test_numbers_of_thousands_of_digits_are_errors_as_others_are(storage: Storage) -> None:
    with pytest.raises(AlarmTimeError, match="got an int of thousands of digits"):
        await storage.set_alarm(10**5_000)
    with pytest.raises(StorageError, match="is a positive int, got an int of thousands of digits"):
        await storage.list(limit=-(10**5_000))

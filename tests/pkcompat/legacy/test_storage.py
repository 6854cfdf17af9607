"""Old names on storage: options, `put`, `list`, alarms, transactions."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from tests.pkcompat.legacy.conftest import Setting

from partykit.server import PartyKitStorage
from partyserver import Storage, Transaction
from pkcompat import legacy_storage
from pkcompat.legacy.storage import LegacyStorage, LegacyTransaction


@pytest.fixture
async def storage(setting: Setting) -> LegacyStorage:
    return setting.room.storage


async def test_the_storage_itself_has_the_old_names(storage: LegacyStorage) -> None:
    assert legacy_storage(storage) is storage
    assert isinstance(storage, PartyKitStorage)
    assert isinstance(storage, Storage)
    stand_in = SimpleNamespace()
    assert legacy_storage(stand_in) is stand_in
    assert legacy_storage(None) is None


async def test_reading_and_writing(storage: LegacyStorage) -> None:
    assert await storage.put("k1", {"x": 1}) is None
    await storage.put({"k2": 2, "j": 3})
    await storage.put("none", None)
    assert await storage.get("k1") == {"x": 1}
    assert await storage.get("zz") is await storage.get("none") is None
    assert await storage.get(["k2", "zz", "k1"]) == {"k1": {"x": 1}, "k2": 2}
    assert await storage.delete("j") is True
    assert await storage.delete(["j", "none"]) == 1
    assert await storage.deleteAll() is None
    assert await storage.list() == {}
    await storage.put("again", 1)
    await storage.delete_all()
    assert await storage.list() == {}


async def test_options_that_only_tune_caches_do_nothing(storage: LegacyStorage) -> None:
    await storage.put("k", 1, {"allowUnconfirmed": True})
    await storage.put({"l": 2}, {"allowConcurrency": True, "noCache": True})
    await storage.put("m", 3, allowConcurrency=True)
    assert await storage.get("k", {"noCache": True}) == await storage.get("k", no_cache=True) == 1
    assert await storage.get(["l"], {"allowConcurrency": True}) == {"l": 2}
    assert list(await storage.list({"allowConcurrency": True})) == ["k", "l", "m"]
    assert list(await storage.list(noCache=True, limit=1)) == ["k"]
    assert await storage.delete("k", {"allowUnconfirmed": True}) is True
    await storage.deleteAll({"allowUnconfirmed": True})
    await storage.delete_all({"allowUnconfirmed": True})
    with pytest.raises(TypeError, match=r"get\(\) has no option 'nocache', did you mean 'no_cache'"):
        storage.get("k", nocache=True)
    with pytest.raises(
        TypeError, match=r"get\(\) has no option 'nocach'.* \(it takes allowConcurrency, allow"
    ):
        storage.get("k", {"nocach": True})
    with pytest.raises(TypeError, match=r"put\(\) has no option 'overwrite'"):
        storage.put("k", 1, {"overwrite": True})
    with pytest.raises(TypeError, match=r"delete\(\) has no option 'sync'"):
        storage.delete(["k"], {"sync": True})
    with pytest.raises(TypeError, match=r"put\(\) has no option 'overwrite'"):
        storage.put("k", 1, overwrite=True)
    with pytest.raises(TypeError, match=r"delete\(\) has no option 'sync'"):
        storage.delete("k", sync=True)


async def test_put_without_a_value(storage: LegacyStorage) -> None:
    with pytest.raises(TypeError, match="has no value"):
        await storage.put("k")


@pytest.mark.parametrize("value", ["text", {"k": 1}, {}, 3])
async def test_put_of_a_mapping_takes_options_beside_it_and_nothing_else(
    storage: LegacyStorage, value: object
) -> None:
    with pytest.raises(TypeError, match=r"takes put\(key, value\) or put\(\{key: value"):
        await storage.put({"k": 1}, value)
    assert await storage.get("k") is None


@pytest.mark.parametrize(
    ("options", "keywords", "keys"),
    [
        ({}, {}, ["a", "b1", "b2", "c"]),
        (None, {}, ["a", "b1", "b2", "c"]),
        ({"prefix": "b"}, {}, ["b1", "b2"]),
        ({"prefix": "b", "reverse": True, "limit": 1}, {}, ["b2"]),
        ({"start": "b1", "end": "c"}, {}, ["b1", "b2"]),
        ({"startAfter": "b1"}, {}, ["b2", "c"]),
        ({"start_after": "b1"}, {}, ["b2", "c"]),
        (None, {"startAfter": "b1"}, ["b2", "c"]),
        (None, {"start_after": "b1", "limit": 1}, ["b2"]),
        ({"startAfter": "a"}, {"limit": 2}, ["b1", "b2"]),
        ({"limit": None, "prefix": None}, {}, ["a", "b1", "b2", "c"]),
        ({"noCache": True}, {}, ["a", "b1", "b2", "c"]),
    ],
)
async def test_list(storage: LegacyStorage, options: Any, keywords: dict[str, Any], keys: list[str]) -> None:
    await storage.put(dict.fromkeys(["c", "b2", "b1", "a"], 0))
    found = await (storage.list(**keywords) if options is None else storage.list(options, **keywords))
    assert list(found) == keys


async def test_list_with_a_keyword_that_is_no_option(storage: LegacyStorage) -> None:
    with pytest.raises(TypeError, match=r"has no option 'prefx', did you mean 'prefix'\? \(it takes allowC"):
        storage.list(prefx="k")
    with pytest.raises(TypeError, match=r"has no option 'prefx', did you mean 'prefix'\? \(it takes allowC"):
        storage.list({"prefx": "k"})
    with pytest.raises(TypeError, match=r"list\(\) takes a dict of options .*; got str"):
        storage.list("k")  # type: ignore[arg-type]


async def test_alarms(storage: LegacyStorage) -> None:
    assert await storage.getAlarm() is None
    await storage.setAlarm(2_000_000_000_000)
    assert await storage.getAlarm() == await storage.get_alarm() == 2_000_000_000_000
    await storage.setAlarm(datetime(2_033, 5, 18, tzinfo=UTC), {"allowUnconfirmed": True})
    assert await storage.getAlarm({"allowConcurrency": True}) == 1_999_987_200_000
    await storage.deleteAlarm()
    assert await storage.getAlarm() is None
    await storage.set_alarm(2_000_000_000_000, {"allowUnconfirmed": True})
    assert await storage.get_alarm({"allowConcurrency": True}) == 2_000_000_000_000
    await storage.delete_alarm({"allowUnconfirmed": True})
    assert await storage.getAlarm() is None


async def test_transactions(storage: LegacyStorage) -> None:
    async def change(transaction: LegacyTransaction) -> list[str]:
        assert isinstance(transaction, Transaction)
        assert isinstance(transaction, PartyKitStorage)
        await transaction.put("t", 1, {"allowUnconfirmed": True})
        return list(await transaction.list({"startAfter": "s"}))

    async def fail(transaction: LegacyTransaction) -> None:
        await transaction.put("u", 1)
        await transaction.setAlarm(2_000_000_000_000)
        raise ValueError("no")

    def roll_back(transaction: LegacyTransaction) -> str:
        transaction.rollback()
        return "rolled back"

    assert await storage.transaction(change) == ["t"]
    with pytest.raises(ValueError, match="no"):
        await storage.transaction(fail)
    assert await storage.transaction(roll_back) == "rolled back"
    assert await storage.list() == {"t": 1}

"""Stored values: what is put comes back as it was or is refused, and what is damaged says so."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.soak.fuzzing.mutating import AWKWARD, AWKWARD_VALUES, mutated
from tests.soak.fuzzing.target import Checking, Target

from partyserver import MemoryStorage, SqliteStorage, StorageError, StorageValueError
from partyserver.storage.input_gate import InputGate
from partyserver.storage.room_storage import Storage
from partyserver.storage.values import decode_value, encode_value

_LEAVES: tuple[Any, ...] = (
    *AWKWARD_VALUES,
    *(10**4_299, 10**5_000, -(2**63), -(2**63) - 1, b"", b"\0\xff", frozenset(), object(), bytearray(b"a")),
    *(datetime(1, 1, 1), datetime.max.replace(tzinfo=UTC), datetime(2026, 2, 3, 4, 5, 6, 7)),
    datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-12, seconds=1))),
    "x" * 131_072,
    b"x" * 131_073,
)


def _value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(12) if depth < 5 else 0
    inner = [_value(rng, depth + 1) for _ in range(rng.randrange(4))] if kind > 5 else []
    match kind:
        case 6 | 7:
            return inner
        case 8:
            return tuple(inner)
        case 9:
            return {f"k{number}": each for number, each in enumerate(inner)}
        case 10:
            return {each: number for number, each in enumerate(inner) if _hashable(each)}
        case 11:
            return {each for each in inner if _hashable(each)}
    return rng.choice(_LEAVES)


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _wrapped(value: Any, rng: random.Random) -> Any:
    for _ in range(rng.choice((0, 0, 0, 0, 30, 90, 250, 2_000))):
        value = (value,) if rng.random() < 0.3 else [value] if rng.random() < 0.6 else {"a": value}
    return value


def make(rng: random.Random) -> bytes:
    """A seed for a value, or the encoding of one that is damaged: their first bytes say which."""
    if rng.random() < 0.5:
        return b"seed" + rng.randbytes(8)
    encoded = [b"\x01", b"\xc7\x02\x04no"]
    for _ in range(3):
        try:
            encoded.append(encode_value("k", _value(rng)))
        except StorageValueError:
            encoded.append(rng.choice(AWKWARD))
    return b"data" + mutated(rng.choice(encoded), encoded, rng)


@asynccontextmanager
async def checking(folder: Path) -> Checking:
    """In memory and in SQLite alike."""
    database = SqliteStorage(folder / "rooms.sqlite")
    stores = [
        Storage(backend.room("main", "room"), InputGate(), lambda changes: None)
        for backend in (MemoryStorage(), database)
    ]

    async def check(data: bytes) -> None:
        if data.startswith(b"data"):
            check_damaged(data[4:])
            return
        outcomes = []
        for store in stores:
            rng = random.Random(data)
            value = _wrapped(_value(rng), rng)
            key = rng.choice(("k", "é" * 1_024, "\0", "x" * 2_049, "\ud800", "", 7))
            outcomes.append(await put_and_got(store, key, value))
        assert outcomes[0] == outcomes[1], outcomes

    try:
        yield check
    finally:
        database.close()


async def put_and_got(store: Storage, key: Any, value: Any) -> str:
    """Put a value, and say what came of it."""
    before = _shown(await store.list())
    try:
        await store.put(key, value)
    except StorageError as error:
        assert _shown(await store.list()) == before, "a call that was refused has written"
        return f"{type(error).__name__}: {str(error)[:60]}"
    found = await store.get(key)
    assert _shown(found) == _shown(value), "another value came back"
    await store.delete(key)
    return "kept"


def check_damaged(encoded: bytes) -> None:
    """Decode what may be damaged."""
    try:
        value = decode_value("the key", encoded)
    except StorageValueError as error:
        if "'the key'" not in str(error):
            raise AssertionError(f"an error that does not name the key: {error}") from error
        return
    with suppress(StorageValueError):
        encode_value("the key", value)


def _shown(value: Any) -> str:
    """The value with its types; sets may come back in another order."""
    match value:
        case set():
            inner = sorted(map(_shown, value))
        case list() | tuple():
            inner = [_shown(each) for each in value]
        case dict():
            inner = [f"{_shown(key)}: {_shown(each)}" for key, each in value.items()]
        case _:
            return f"{type(value).__name__} {hex(value) if type(value) is int else repr(value)}"
    return f"{type(value).__name__}({', '.join(inner)})"


STORED_VALUES = Target("stored values", make, checking)

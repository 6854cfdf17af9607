"""`room.storage`: values by key, and the room's alarm."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from inspect import isawaitable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from partyserver.exceptions import AlarmTimeError, StorageError, TransactionEndedError
from partyserver.storage.backend import Alarm, Changes, KeyRange, RoomStore
from partyserver.storage.draft import Draft
from partyserver.storage.input_gate import InputGate
from partyserver.storage.values import check_key, decode_value, encode_value, key_size
from partyserver.unknown_attributes import attribute_refusal

T = TypeVar("T")

_MISSING: Any = object()
_VALUES_ONLY = Changes()  # what listeners get to know of a `put`: it changes no alarm
_LATEST_ALARM_MS = 8_640_000_000_000_000  # the last moment that a JavaScript Date can name
EARLIEST_ALARM_MS = 978_307_200_000
"""2001-01-01: an earlier time is most likely one in seconds, not in milliseconds."""

# The drafts of the transactions that the current task is in, by the storage that they belong to.
_drafts: ContextVar[Mapping[Storage, RoomStore]] = ContextVar("_drafts", default=MappingProxyType({}))


class Storage:
    """The storage of one room (recordings `storage_kv`, `storage_burst`, `alarm`).

    Values are None, bool, int, float, str, bytes, list, tuple, dict, set and datetime, copied in and out;
    keys have up to 2,048 bytes of UTF-8, values up to 128 KiB. A call that is refused writes nothing. While
    a call is under way no event is delivered to the room, so read, change, write needs no lock.
    """

    def __init__(self, store: RoomStore, gate: InputGate, changed: Callable[[Changes], None]) -> None:
        self._base = store
        self._gate = gate
        self._changed = changed
        self._transactions = asyncio.Lock()

    if not TYPE_CHECKING:
        __getattr__ = attribute_refusal("room.storage")

    @property
    def _store(self) -> RoomStore:
        return _drafts.get().get(self, self._base)

    @overload
    async def get(self, key: str) -> Any: ...
    @overload
    async def get(self, key: Iterable[str]) -> dict[str, Any]: ...
    async def get(self, key: str | Iterable[str]) -> Any:
        """Read one value, or several.

        Args:
            key: a key, or a list of keys.

        Returns:
            The value or None; for a list a dict of those that are there, ordered by key.

        Raises:
            StorageKeyError: a key is no string, or too long.
        """
        store = self._store
        if isinstance(key, str):
            name = check_key(key)
            encoded = (await self._fetch(name)).get(name) if store.has_to_be_fetched else store.get(name)
            value = None if encoded is None else decode_value(name, encoded)
        else:
            names = sorted(_check_keys(key))
            if store.has_to_be_fetched:
                found: Mapping[str, bytes | None] = await self._fetch(*names)
            else:
                found = {name: store.get(name) for name in names}
            value = {
                name: decode_value(name, encoded)
                for name in names
                if (encoded := found.get(name)) is not None
            }
        self._gate.storage_call_done()
        return value

    async def _fetch(self, *names: str) -> Mapping[str, bytes]:
        with self._gate.held():
            return await self._store.fetch(names)

    @overload
    async def put(self, key: str, value: Any) -> None: ...
    @overload
    async def put(self, key: Mapping[str, Any]) -> None: ...
    async def put(self, key: str | Mapping[str, Any], value: Any = _MISSING) -> None:
        """Write one value, or the values of a mapping, all or none.

        Args:
            key: a key, with `value`; or a mapping of keys to values.
            value: the value, copied.

        Raises:
            StorageKeyError: a key is no string, or too long.
            StorageValueError: a value is of a type that is not kept, or too large; the message names the key.
            TypeError: a key came without a value, or a mapping with one.
        """
        if value is not _MISSING and isinstance(key, str):  # most calls are of this kind
            store = _drafts.get().get(self, self._base)
            store.put(check_key(key), encode_value(key, value))
            self._done(store, _VALUES_ONLY)
            return
        entries: Mapping[str, Any]
        if value is _MISSING:
            if not isinstance(key, Mapping):
                raise TypeError(
                    f"storage.put({key!r}) has no value: use put(key, value) or put({{key: value, ...}})"
                )
            entries = key
        elif isinstance(key, Mapping):
            raise TypeError("storage.put() takes put(key, value) or put({key: value, ...})")
        else:
            entries = {key: value}
        self._apply(Changes({check_key(name): encode_value(name, item) for name, item in entries.items()}))

    @overload
    async def delete(self, key: str) -> bool: ...
    @overload
    async def delete(self, key: Iterable[str]) -> int: ...
    async def delete(self, key: str | Iterable[str]) -> bool | int:
        """Delete one key, or several.

        Args:
            key: a key, or a list of keys.

        Returns:
            Whether the key was there; for a list how many of them were.

        Raises:
            StorageKeyError: a key is no string, or too long.
        """
        single = isinstance(key, str)
        names = {check_key(key)} if isinstance(key, str) else set(_check_keys(key))
        store = self._store
        if store.has_to_be_fetched:
            present = list(await self._fetch(*names))
        else:
            present = [name for name in names if store.get(name) is not None]
        self._apply(Changes(dict.fromkeys(present)))
        return bool(present) if single else len(present)

    async def list(
        self,
        *,
        start: str | None = None,
        start_after: str | None = None,
        end: str | None = None,
        prefix: str | None = None,
        reverse: bool = False,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """Read the values of a range of keys, ordered by the keys' UTF-8 bytes.

        Args:
            start: only keys from this one on.
            start_after: only keys behind this one; not together with `start`.
            end: only keys before this one.
            prefix: only keys with this prefix.
            reverse: from the last key to the first; `start` stays the lowest and `end` the highest.
            limit: how many keys at most; at least 1.

        Returns:
            A dict in that order.

        Raises:
            StorageError: `start` and `start_after` both came, the limit is no positive number, or a bound
                is no valid text.
            TypeError: a bound is no string.
        """
        for name, bound in (("start", start), ("start_after", start_after), ("end", end), ("prefix", prefix)):
            if bound is None:
                continue
            if not isinstance(bound, str):
                raise TypeError(f"storage.list({name}=...) is a str, got {type(bound).__name__}")
            key_size(bound)
        if start is not None and start_after is not None:
            raise StorageError("storage.list() takes start or start_after, not both")
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
            raise StorageError(f"storage.list(limit=...) is a positive int, got {_shown(limit)}")
        key_range = KeyRange(start, start_after, end, prefix or "", bool(reverse), limit)
        if self._store.has_to_be_fetched:
            with self._gate.held():
                stored = await self._store.fetch_range(key_range)
        else:
            stored = self._store.scan(key_range)
        values = {key: decode_value(key, encoded) for key, encoded in stored}
        self._gate.storage_call_done()
        return values

    async def delete_all(self) -> None:
        """Delete every key. The alarm stays."""
        self._apply(Changes(clear=True))

    async def transaction(self, callback: Callable[[Transaction], Awaitable[T] | T]) -> T:
        """Run a function whose reads and writes take effect together, or not at all.

        Args:
            callback: called with a `Transaction`, which has the methods of `Storage`; may be async. No event
                is delivered to the room while it runs, and the room's transactions run one after another.
                Calls of `room.storage` within it belong to the transaction too.

        Returns:
            What the callback returns.

        Raises:
            Exception: what the callback raises; its writes are undone.
        """
        nested = self in _drafts.get()
        with self._gate.held():
            async with contextlib.nullcontext() if nested else self._transactions:
                draft = _DraftStore(self._store)
                transaction = Transaction(draft, self._gate, lambda changes: None)
                token = _drafts.set({**_drafts.get(), self: draft})
                try:
                    result = callback(transaction)
                    value: T = await result if isawaitable(result) else result
                finally:
                    _drafts.reset(token)
                    transaction.end()
                if not transaction.rolled_back:
                    self._apply(draft.changes)
                return value

    async def get_alarm(self) -> int | None:
        """When the alarm is due, in milliseconds since the epoch.

        Returns:
            The time that it was set to, also between the tries of an `on_alarm` that fails, and once it ran
            out of tries; None if there is none, and while `on_alarm` runs, unless that set it again (as on
            Cloudflare's Durable Objects).
        """
        alarm = self._store.get_alarm()
        self._gate.storage_call_done()
        return None if alarm is None or alarm.ringing else alarm.due

    async def set_alarm(self, when: float | datetime) -> None:
        """Have `on_alarm` called; a room has one alarm, a later call takes the place of an earlier one.

        It outlives a restart, and is called at least once; where it raises it is tried again after 2 seconds,
        doubling, six times.

        Args:
            when: milliseconds since the epoch, or an aware datetime; if that is past, at once.

        Raises:
            AlarmTimeError: it is neither.
        """
        self._apply(Changes(alarm=Alarm.at(_milliseconds(when))))

    async def delete_alarm(self) -> None:
        """Delete the alarm, if there is one; within `on_alarm`: do not try it again, even if it fails."""
        self._apply(Changes(alarm=None))

    def _apply(self, changes: Changes) -> None:
        store = self._store
        store.apply(changes)
        self._done(store, changes)

    def _done(self, store: RoomStore, changes: Changes) -> None:
        """Something was written."""
        if store is self._base:
            self._changed(changes)
        self._gate.storage_call_done()


class Transaction(Storage):
    """The argument of `Storage.transaction`'s callback: its writes take effect when that has returned."""

    rolled_back = False

    def rollback(self) -> None:
        """Undo the transaction's writes, and go on without an error; later calls on it are refused."""
        self.rolled_back = True
        self.end("was rolled back")

    def end(self, how: str = "has ended") -> None:
        """Refuse later calls; the error says how the transaction ended."""
        if not isinstance(self._base, _EndedStore):
            self._base = _EndedStore(how)


class _DraftStore(RoomStore):
    """A room's data with the changes of a transaction, which are visible only within it."""

    def __init__(self, base: RoomStore) -> None:
        self._base = base
        self._draft = Draft()

    @property
    def changes(self) -> Changes:
        """What the transaction changes."""
        return self._draft.changes

    @property
    def has_to_be_fetched(self) -> bool:
        return self._base.has_to_be_fetched

    def get(self, key: str) -> bytes | None:
        return self._draft.values.get(key) if self._draft.hides(key) else self._base.get(key)

    async def fetch(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        names = list(keys)
        stored = await self._base.fetch([name for name in names if not self._draft.hides(name)])
        return self._draft.over(stored, names)

    def scan(self, key_range: KeyRange) -> Iterator[tuple[str, bytes]]:
        return self._draft.scan(key_range, self._base.scan)

    async def fetch_range(self, key_range: KeyRange) -> Iterable[tuple[str, bytes]]:
        stored = () if self._draft.clear else await self._base.fetch_range(self._draft.wider(key_range))
        return self._draft.scan(key_range, lambda _: stored)

    def put(self, key: str, value: bytes) -> None:
        self._draft.values[key] = value

    def apply(self, changes: Changes) -> None:
        self._draft.add(changes)

    def get_alarm(self) -> Alarm | None:
        alarm = self._draft.alarm
        return self._base.get_alarm() if alarm == "keep" else alarm


class _EndedStore(RoomStore):
    """Refuses every call, in place of the store of a transaction that has ended."""

    def __init__(self, how: str) -> None:
        self._how = how

    def _refusal(self) -> TransactionEndedError:
        return TransactionEndedError(f"this transaction {self._how}; use room.storage, or start another one")

    def get(self, key: str) -> bytes | None:
        raise self._refusal()

    def scan(self, key_range: KeyRange) -> Iterator[tuple[str, bytes]]:
        raise self._refusal()

    def apply(self, changes: Changes) -> None:
        raise self._refusal()

    def get_alarm(self) -> Alarm | None:
        raise self._refusal()


def _check_keys(keys: Iterable[str]) -> list[str]:
    if not isinstance(keys, Iterable) or isinstance(keys, (bytes, Mapping)):
        raise TypeError(f"storage takes a key or a list of keys, got {type(keys).__name__}")
    return [check_key(key) for key in keys]


def _shown(number: object) -> str:
    """For errors; Python refuses to write an int of more than 4,300 digits."""
    try:
        return repr(number)
    except ValueError:
        return "an int of thousands of digits"


def _milliseconds(when: float | datetime) -> int:
    if isinstance(when, datetime):
        if when.tzinfo is None:
            raise AlarmTimeError(f"set_alarm() takes an aware datetime; {when!r} has no time zone")
        return round(when.timestamp() * 1_000)
    if isinstance(when, bool) or not isinstance(when, (int, float)):
        raise AlarmTimeError(f"set_alarm() takes milliseconds since the epoch or a datetime, got {when!r}")
    if not EARLIEST_ALARM_MS <= when <= _LATEST_ALARM_MS:
        hint = "; are these seconds?" if 0 < when < EARLIEST_ALARM_MS else ""
        raise AlarmTimeError(
            f"set_alarm() takes milliseconds since the epoch, from {EARLIEST_ALARM_MS:,} (2001) to "
            f"{_LATEST_ALARM_MS:,}, got {_shown(when)}{hint}"
        )
    return int(when)

"""`room.storage` under the old names, with JavaScript's option objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pkcompat.legacy.old_names import called, taught
from pkcompat.legacy.option_names import refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from partyserver import Storage as _Storage
    from partyserver import Transaction as _Transaction
else:  # old modules import these classes, and must not need the server for it
    _Storage = _Transaction = object

T = TypeVar("T")
_MISSING: Any = object()

_LIST_OPTIONS = {"startAfter": "start_after"} | {
    name: name for name in ("start", "start_after", "end", "prefix", "reverse", "limit")
}
# Options that tune Cloudflare's caches, and change no result.
_TUNING = frozenset(
    {"allowConcurrency", "allow_concurrency", "allowUnconfirmed", "allow_unconfirmed", "noCache", "no_cache"}
)


@called("PartyKitStorage")
class LegacyStorage(_Storage):
    """The room's storage under the old names.

    A dict takes the place of JavaScript's option objects: `list({"prefix": "a", "startAfter": "ab"})`.
    Options that only tune Cloudflare's caches (`allowConcurrency`, `allowUnconfirmed`, `noCache`) do nothing.
    """

    __slots__ = ()

    @overload
    def get(self, key: str, options: object = None, **tuning: bool) -> Coroutine[Any, Any, Any]: ...
    @overload
    def get(
        self, key: Iterable[str], options: object = None, **tuning: bool
    ) -> Coroutine[Any, Any, dict[str, Any]]: ...
    def get(
        self, key: str | Iterable[str], options: object = None, **tuning: bool
    ) -> Coroutine[Any, Any, Any]:
        """Read one value, None if there is none; or several, as a dict ordered by key.

        Raises:
            TypeError: a name in the options, or a keyword, is not an option.
        """
        _check_tuning("get", options, tuning)
        return super().get(key)

    def put(
        self, key: Any, value: Any = _MISSING, options: object = None, **tuning: bool
    ) -> Coroutine[Any, Any, None]:
        """Write one value, or the values of a mapping, all or none.

        Raises:
            TypeError: a name in the options, or a keyword, is not an option.
        """
        _check_tuning("put", options, tuning)
        if value is _MISSING or (isinstance(key, Mapping) and _is_tuning(value)):  # put(mapping, options)
            return super().put(key)
        return super().put(key, value)

    @overload
    def delete(self, key: str, options: object = None, **tuning: bool) -> Coroutine[Any, Any, bool]: ...
    @overload
    def delete(
        self, key: Iterable[str], options: object = None, **tuning: bool
    ) -> Coroutine[Any, Any, int]: ...
    def delete(
        self, key: str | Iterable[str], options: object = None, **tuning: bool
    ) -> Coroutine[Any, Any, bool | int]:
        """Delete one key, and return whether it was there; or several, and return how many were there.

        Raises:
            TypeError: a name in the options, or a keyword, is not an option.
        """
        _check_tuning("delete", options, tuning)
        return super().delete(key)

    def list(
        self, options: Mapping[str, Any] | None = None, **keywords: Any
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """Read the values of a range of keys, ordered by the keys' UTF-8 bytes.

        Args:
            options: `start`, `startAfter`, `end`, `prefix`, `reverse`, `limit`; None counts as absent.
            keywords: the same as keyword arguments, also as `start_after`.

        Raises:
            TypeError: a name is not an option, or `options` is not a mapping.
        """
        if options is not None and not isinstance(options, Mapping):
            raise TypeError(
                "storage.list() takes a dict of options such as {'prefix': 'a'}, or keyword arguments; "
                f"got {type(options).__name__}"
            )
        refuse_unknown("storage.list()", [*(options or ()), *keywords], _LIST_OPTIONS.keys() | _TUNING)
        chosen = {
            _LIST_OPTIONS[name]: value
            for name, value in {**(options or {}), **keywords}.items()
            if name in _LIST_OPTIONS and value is not None
        }
        return super().list(**chosen)

    def delete_all(self, options: object = None) -> Coroutine[Any, Any, None]:
        """Delete every key. The alarm stays."""
        return super().delete_all()

    def deleteAll(self, options: object = None) -> Coroutine[Any, Any, None]:  # noqa: N802
        """See `delete_all`."""
        return super().delete_all()

    def get_alarm(self, options: object = None) -> Coroutine[Any, Any, int | None]:
        """When the alarm is due, in milliseconds since the epoch; None if there is none."""
        return super().get_alarm()

    def getAlarm(self, options: object = None) -> Coroutine[Any, Any, int | None]:  # noqa: N802
        """See `get_alarm`."""
        return super().get_alarm()

    def set_alarm(self, when: float | datetime, options: object = None) -> Coroutine[Any, Any, None]:
        """Have `onAlarm` called: at milliseconds since the epoch, or an aware datetime."""
        return super().set_alarm(when)

    def setAlarm(self, when: float | datetime, options: object = None) -> Coroutine[Any, Any, None]:  # noqa: N802
        """See `set_alarm`."""
        return super().set_alarm(when)

    def delete_alarm(self, options: object = None) -> Coroutine[Any, Any, None]:
        """Delete the alarm, if there is one."""
        return super().delete_alarm()

    def deleteAlarm(self, options: object = None) -> Coroutine[Any, Any, None]:  # noqa: N802
        """See `delete_alarm`."""
        return super().delete_alarm()

    def transaction(self, callback: Callable[[LegacyTransaction], Any]) -> Coroutine[Any, Any, Any]:
        """Run a function whose writes take effect together, or not at all; it gets a transaction with the
        same methods."""
        return super().transaction(lambda transaction: callback(legacy_storage(transaction)))


class LegacyTransaction(LegacyStorage, _Transaction):
    """The argument of `storage.transaction`'s callback, under the old names."""

    __slots__ = ()


@overload
def legacy_storage(storage: _Transaction) -> LegacyTransaction: ...
@overload
def legacy_storage(storage: _Storage) -> LegacyStorage: ...
@overload
def legacy_storage(storage: T) -> T: ...
def legacy_storage(storage: Any) -> Any:
    """Give a room's storage, or a transaction of it, the old names too.

    Args:
        storage: a `partyserver.Storage`.

    Returns:
        The same object; one of another type, such as None or a test's stand-in, unchanged.
    """
    taught(storage, LegacyTransaction, "partyserver:Transaction")
    return taught(storage, LegacyStorage, "partyserver:Storage")


def _is_tuning(options: object) -> bool:
    """Whether a value is a mapping of tuning options; anything else after a mapping of values is wrong."""
    return isinstance(options, Mapping) and bool(options) and options.keys() <= _TUNING


def _check_tuning(method: str, options: object, tuning: Mapping[str, object]) -> None:
    if tuning or isinstance(options, Mapping):  # anything else does nothing, as in JavaScript
        names = [*(options if isinstance(options, Mapping) else ()), *tuning]
        refuse_unknown(f"storage.{method}()", names, _TUNING)

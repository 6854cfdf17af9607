"""`room.storage` under the old names, with JavaScript's option objects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from pkcompat.legacy.view import View

_MISSING: Any = object()


class LegacyStorage(View):
    """The room's storage under the old names.

    Where the platform takes an object of options, a dict does: `list({"prefix": "a", "startAfter": "ab"})`.
    Options that only tune Cloudflare's caches, such as `allowConcurrency`, are accepted.
    """

    _old_names: ClassVar[Mapping[str, str]] = {
        "deleteAll": "delete_all",
        "getAlarm": "get_alarm",
        "setAlarm": "set_alarm",
        "deleteAlarm": "delete_alarm",
    }

    def get(self, key: Any, options: object = None, **tuning: object) -> Awaitable[Any]:
        """The value or None; for a list of keys a dict of those that are there."""
        return self._other.get(key)  # type: ignore[no-any-return]

    def put(
        self, key: Any, value: Any = _MISSING, options: object = None, **tuning: object
    ) -> Awaitable[None]:
        """Write a value, or the values of a mapping."""
        if value is _MISSING or isinstance(key, Mapping):
            return self._other.put(key)  # type: ignore[no-any-return]
        return self._other.put(key, value)  # type: ignore[no-any-return]

    def delete(self, key: Any, options: object = None, **tuning: object) -> Awaitable[Any]:
        """Whether the key was there; for a list of keys how many were."""
        return self._other.delete(key)  # type: ignore[no-any-return]

    def list(self, options: Mapping[str, Any] | None = None, **keywords: Any) -> Awaitable[dict[str, Any]]:
        """The values of a range of keys, in the keys' order.

        Args:
            options: the options as one dict.
            keywords: the options as keyword arguments; both `startAfter` and `start_after` will do.
        """
        chosen = {
            _LIST_OPTIONS.get(name, name): value for name, value in {**(options or {}), **keywords}.items()
        }
        return self._other.list(**{name: value for name, value in chosen.items() if name not in _TUNING})  # type: ignore[no-any-return]

    def setAlarm(self, when: Any, options: object = None) -> Awaitable[None]:  # noqa: N802
        """Have `onAlarm` called: milliseconds since the epoch, or an aware datetime."""
        return self._other.set_alarm(when)  # type: ignore[no-any-return]

    set_alarm = setAlarm

    def getAlarm(self, options: object = None) -> Awaitable[int | None]:  # noqa: N802
        """When the alarm is due, in milliseconds since the epoch, or None."""
        return self._other.get_alarm()  # type: ignore[no-any-return]

    get_alarm = getAlarm

    def transaction(self, callback: Callable[[LegacyStorage], Any]) -> Awaitable[Any]:
        """Run a function whose reads and writes take effect together; it gets a transaction."""
        return self._other.transaction(lambda transaction: callback(LegacyStorage(transaction)))  # type: ignore[no-any-return]


_LIST_OPTIONS = {"startAfter": "start_after"}
_TUNING = frozenset({"allowConcurrency", "allow_concurrency", "noCache", "no_cache"})

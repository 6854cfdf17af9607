"""Other rooms under the old names: `room.parties`, their stubs and sockets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pkcompat.legacy.sockets import LegacySocket
from pkcompat.legacy.view import View


class LegacyParties(Mapping[str, "LegacyPartyStubs"]):
    """The host's parties by name."""

    def __init__(self, parties: Any) -> None:
        self._parties = parties

    def __getitem__(self, name: str) -> LegacyPartyStubs:
        return LegacyPartyStubs(self._parties[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._parties)

    def __len__(self) -> int:
        return len(self._parties)

    def __getattr__(self, name: str) -> LegacyPartyStubs:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(str(error)) from None


class LegacyPartyStubs(View):
    """The rooms of a party."""

    def get(self, room_id: str) -> LegacyStub:
        """The stub of a room."""
        return LegacyStub(self._other.get(room_id))


class LegacyStub(View):
    """A room, seen from outside."""

    async def fetch(
        self, path: str | Mapping[str, Any] | None = None, init: Any = None, **options: Any
    ) -> Any:
        """Make a request to the room.

        Args:
            path: what follows the room's path, or at once the request's options.
            init: JavaScript's options as a dict: `method`, `headers`, `body`.
            options: the options as keyword arguments, of either style.
        """
        path, wanted = _path_and_options(path, init, options)
        return await self._other.fetch(path, **_request_options(wanted))

    async def socket(self, path: str | Mapping[str, Any] | None = None, init: Any = None) -> LegacySocket:
        """Connect to the room; what it sends waits for the first listener."""
        path, _ = _path_and_options(path, init, {})
        return LegacySocket(await self._other.socket(path))


def _path_and_options(path: Any, init: Any, keywords: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    if isinstance(path, Mapping):
        path, init = "", path
    return path or "", {**(init or {}), **keywords}


def _request_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The new keyword arguments of JavaScript's options.

    Raises:
        TypeError: there is no such option.
    """
    unknown = options.keys() - _REQUEST_OPTIONS.keys()
    if unknown:
        raise TypeError(
            f"fetch() has no option {', '.join(sorted(unknown))}: use {', '.join(sorted(_REQUEST_OPTIONS))}"
        )
    return {_REQUEST_OPTIONS[name]: value for name, value in options.items() if value is not None}


_REQUEST_OPTIONS = {
    "method": "method",
    "headers": "headers",
    "body": "content",
    "content": "content",
    "json": "json",
}

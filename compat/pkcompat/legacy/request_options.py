"""Translating the arguments of JavaScript's `fetch(path, init)` into those of a stub's `fetch`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pkcompat.legacy.option_names import refuse_unknown

if TYPE_CHECKING:
    import httpx
    from starlette.requests import Request

    AnyRequest = Request | httpx.Request

# Options of JavaScript's Request, and their names in a stub's `fetch`.
_OPTIONS = {"method": "method", "headers": "headers", "body": "content", "content": "content", "json": "json"}
# The other options of JavaScript's Request, and of Cloudflare's, which have no effect here.
_WITHOUT_EFFECT = frozenset(
    {"cache", "cf", "credentials", "duplex", "fetcher", "integrity", "keepalive", "mode", "priority"}
    | {"redirect", "referrer", "referrerPolicy", "signal", "window"}
)
_OF_THE_CONNECTION = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade"})


@dataclass(frozen=True, slots=True)
class StubRequest:
    """A request to a room.

    Attributes:
        path: what follows the room's path in the URL.
        options: keyword arguments of `RoomStub.fetch`.
    """

    path: str
    options: dict[str, Any] = field(default_factory=dict)


def is_request(value: object) -> bool:
    """Whether a value is a request, such as the one that a handler got."""
    return hasattr(value, "method") and hasattr(value, "headers")


async def stub_request(
    path: str | Mapping[str, Any] | AnyRequest | None,
    init: Mapping[str, Any] | AnyRequest | None,
    keywords: Mapping[str, Any],
) -> StubRequest:
    """Normalize the arguments of a stub's `fetch`.

    Args:
        path: what follows the room's path in the URL; or `init`, as the first argument.
        init: JavaScript's options (`method`, `headers`, `body`) in a dict; or a request (Starlette's or
            httpx's), which is passed on.
        keywords: `body`, or the new API's keyword arguments; they win over `init`.

    Raises:
        TypeError: an argument has a wrong type, or a keyword is not an option.
    """
    if path is not None and not isinstance(path, str):
        path, init = None, path
    refuse_unknown("stub.fetch()", keywords, _OPTIONS.keys())
    options = await _of_request(init) if is_request(init) else _of_mapping(init)
    return StubRequest(path or "", {**options, **_of_mapping(keywords)})


def _of_mapping(init: Any) -> dict[str, Any]:
    if init is None:
        return {}
    if not isinstance(init, Mapping):
        raise TypeError(
            "a stub takes a path, a dict of options such as {'method': 'POST', 'body': ...}, or a request; "
            f"got {type(init).__name__}"
        )
    refuse_unknown("stub.fetch()", init, _OPTIONS.keys() | _WITHOUT_EFFECT)
    return {_OPTIONS[name]: value for name, value in init.items() if name in _OPTIONS and value is not None}


async def _of_request(request: Any) -> dict[str, Any]:
    import httpx

    headers = [item for item in request.headers.items() if item[0].lower() not in _OF_THE_CONNECTION]
    body = await (request.aread() if isinstance(request, httpx.Request) else request.body())
    return {"method": request.method, "headers": httpx.Headers(headers)} | ({"content": body} if body else {})

"""The page for those who operate a host: its files, which hold nothing of the host.

What it shows it asks `partyserver.admin.app` for as JSON, below wherever that is mounted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

PAGE: Mapping[str, str] = MappingProxyType(
    {
        "/": "admin.html",
        **{
            f"/{name}": name
            for name in (
                "admin.css",
                "admin.js",
                "asking.js",
                "room.js",
                "rooms.js",
                "table.js",
                "telling.js",
            )
        },
    }
)
"""The files of the page, by their paths. They may be shown to everyone, unlike what they ask for."""

_TYPES = {"css": "text/css", "html": "text/html", "js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def page_file(name: str) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that serves a file of the page."""
    kind = _TYPES[name.rpartition(".")[2]]

    async def answer(request: Request) -> Response:
        return Response(_read(name), media_type=kind, headers=_HEADERS)

    return answer


@cache
def _read(name: str) -> str:
    return (files("partyserver.admin") / "page" / name).read_text(encoding="utf-8")

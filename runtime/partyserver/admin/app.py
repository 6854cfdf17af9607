"""The admin application: who may use it is for the application that it is mounted in to say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from partyserver.admin.metrics import metrics_text
from partyserver.admin.operated_host import OperatedHost, Problem
from partyserver.admin.page import PAGE, page_file
from partyserver.exceptions import StorageError
from partyserver.local_clients import comes_from_another_site
from partyserver.paths import encode_room_id
from partyserver.rooms import MOST_LISTED, ListedRoom
from partyserver.storage import KeyRange

_UNCACHED = {"cache-control": "no-store"}
_DATA_HEADERS = {
    **_UNCACHED,
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def admin_app(host: OperatedHost) -> Starlette:
    """Make the application; see `Host.admin`."""
    views = _Views(host)
    room = "/api/parties/{party}/room"
    return Starlette(
        routes=[
            *(Route(path, page_file(file)) for path, file in PAGE.items()),
            Route("/healthz", views.health),
            Route("/readyz", views.readiness),
            Route("/metrics", views.metrics),
            Route("/api/parties", views.parties),
            Route("/api/parties/{party}/rooms", views.rooms),
            Route(room, views.room),
            Route(room + "/connections", views.connections),
            Route(room + "/keys", views.keys),
            Route(room + "/close", views.close, methods=["POST"]),
            Route(room + "/delete", views.delete, methods=["POST"]),
            Route(room + "/ring", views.ring, methods=["POST"]),
        ],
        exception_handlers={Problem: _problem, StorageError: _storage_failed},
    )


class _Views:
    def __init__(self, host: OperatedHost) -> None:
        self._host = host

    async def health(self, request: Request) -> Response:
        return PlainTextResponse("ok\n", headers=_UNCACHED)

    async def readiness(self, request: Request) -> Response:
        why = self._host.unready()
        text, status = ("ready\n", 200) if why is None else (f"{why}\n", 503)
        return PlainTextResponse(text, status, headers=_UNCACHED)

    async def metrics(self, request: Request) -> Response:
        text, media_type = await metrics_text(self._host)
        return Response(text, headers={**_UNCACHED, "content-type": media_type})

    async def parties(self, request: Request) -> Response:
        return _json([_party(name, self._host) for name in self._host.parties])

    async def rooms(self, request: Request) -> Response:
        ids = _page(request.query_params, encode_room_id)
        rooms = await self._host.rooms(request.path_params["party"], ids)
        return _json([_listed(room) for room in rooms])

    async def room(self, request: Request) -> Response:
        party, room_id = _room(request)
        room = await self._host.room(party, room_id)
        is_known, is_here = room is not None, self._host.has_room(party, room_id)
        listed = _listed(room or ListedRoom(room_id, 0, None))
        return _json({**listed, "known": is_known, "here": is_here})

    async def connections(self, request: Request) -> Response:
        sockets = self._host.sockets(*_room(request), _page(request.query_params, str))
        return _json([{"id": socket.id, "uri": socket.uri.partition("?")[0]} for socket in sockets])

    async def keys(self, request: Request) -> Response:
        room = _room(request)
        keys = await self._host.keys(*room, _page(request.query_params, str))
        alarm = self._host.alarm(*room)
        return _json(
            {
                "keys": [{"key": key, "bytes": size} for key, size in keys],
                "alarm": None
                if alarm is None
                else {"due": alarm.due, "next_try": alarm.next_try, "retries": alarm.retries},
            }
        )

    async def close(self, request: Request) -> Response:
        _check_site(request)
        return _json({"closed": self._host.close(*_room(request), _asked(request, "connection"))})

    async def delete(self, request: Request) -> Response:
        _check_site(request)
        await self._host.delete(*_room(request))
        return Response(status_code=204)

    async def ring(self, request: Request) -> Response:
        _check_site(request)
        await self._host.ring(*_room(request))
        return Response(status_code=202)


def _party(name: str, host: OperatedHost) -> dict[str, Any]:
    party = host.parties[name]
    return {"name": name, "rooms": len(party.room_ids), "connections": party.connection_count}


def _listed(room: ListedRoom) -> dict[str, Any]:
    return {
        "id": room.id,
        "connections": room.connections,
        "last_active": room.last_active,
        "node": room.node,
    }


def _room(request: Request) -> tuple[str, str]:
    return request.path_params["party"], encode_room_id(_asked(request, "room"))


def _asked(request: Request, name: str) -> str:
    """A parameter of the query. Rooms and connections are named there, as their ids may hold slashes.

    Raises:
        Problem: it is missing.
    """
    value = request.query_params.get(name)
    if not value:
        raise Problem(400, f"the query has to name a {name}: ?{name}=ID")
    return value


def _page(query: QueryParams, encode: Callable[[str], str]) -> KeyRange:
    """The page that `prefix`, `start_after` and `limit` name.

    Raises:
        Problem: the limit is no number from 1 to `MOST_LISTED`.
    """
    text = query.get("limit", "100")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_LISTED):
        raise Problem(400, f"limit= takes 1 to {MOST_LISTED:,}, got {text[:20]!r}")
    after = query.get("start_after")
    return KeyRange(
        after=None if after is None else encode(after),
        prefix=encode(query.get("prefix", "")),
        limit=int(text),
    )


def _check_site(request: Request) -> None:
    if comes_from_another_site(request.scope):
        raise Problem(403, "pages of other sites may not do that")


class _AsciiResponse(JSONResponse):
    """JSON that may hold what UTF-8 cannot: a stored key may have a lone surrogate."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def _json(content: Any, status: int = 200) -> Response:
    return _AsciiResponse(content, status, headers=_DATA_HEADERS)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _json({"error": str(error)}, error.status)


async def _storage_failed(request: Request, error: Exception) -> Response:
    return _json({"error": str(error)}, 503)

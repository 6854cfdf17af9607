"""A plain Starlette application that does what a benchmark asks of a party."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket


async def socket(socket: WebSocket) -> None:
    await socket.accept()
    async for message in socket.iter_text():
        await socket.send_text(message)


async def request(request: Request) -> Response:
    return PlainTextResponse("hello")


app = Starlette(routes=[WebSocketRoute("/party/{room}", socket), Route("/party/{room}", request)])

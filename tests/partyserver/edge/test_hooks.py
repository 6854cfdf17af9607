"""Hooks: the requests and contexts that they get, and what they may return."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.partyserver.in_process import Server

from partyserver import ConnectionContext, ExecutionContext, Lobby, PartyServer, Request, Response


class Body(PartyServer):
    """Its hook looks at the body, or hands on another request."""

    @staticmethod
    async def on_before_request(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Request:
        if request.query_params.get("other"):
            scope = {**request.scope, "headers": [(b"x-other", b"yes")], "query_string": b"new=1"}
            return Request(scope, request.receive)
        assert await request.body() == b"body"
        return request

    async def on_request(self, request: Request) -> Response:
        return Response(
            f"{(await request.body()).decode()} {request.headers.get('x-other')} {request.url.query}"
        )


async def test_a_hook_may_read_the_body() -> None:
    assert (await Server(Body).http("POST", "/party/room", content="body")).text == "body None "


async def test_a_hook_may_hand_on_another_request() -> None:
    answer = await Server(Body).http("POST", "/party/room?other=1", content="body")
    assert answer.text == "body yes new=1"


async def test_a_hook_may_be_a_plain_callable_of_any_kind() -> None:
    class Stops(PartyServer):
        on_before_request = staticmethod(lambda request, lobby, ctx: Response(f"stopped {lobby.id}"))  # type: ignore[assignment]

    assert (await Server(Stops).http("GET", "/party/room")).text == "stopped room"


async def test_what_is_no_response_is_an_error_that_says_so() -> None:
    class Fetches(PartyServer):
        @staticmethod
        def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Any:
            return {"json": 1}

    answer = await Server(Fetches).http("GET", "/x")
    hint = (
        "on_fetch returned a dict; it must return a Response, such as starlette.responses.JSONResponse(...)"
    )
    assert (answer.status_code, answer.text) == (500, hint)


async def test_wait_until_takes_any_awaitable() -> None:
    done = asyncio.get_running_loop().create_future()
    seen: list[Any] = []

    class Waits(PartyServer):
        @staticmethod
        def on_fetch(request: Request, lobby: Lobby, ctx: ExecutionContext) -> Response:
            ctx.wait_until(done)
            ctx.wait_until(note())
            return Response("ok")

    async def note() -> None:
        seen.append(await done)

    assert (await Server(Waits).http("GET", "/x")).text == "ok"
    done.set_result("late")
    async with asyncio.timeout(5):
        while not seen:  # noqa: ASYNC110 - the task ends on its own
            await asyncio.sleep(0)
    assert seen == ["late"]


def test_connection_context_holds_a_request() -> None:
    request = Request({"type": "http", "headers": []})
    assert ConnectionContext(request).request is request

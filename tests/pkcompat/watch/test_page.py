"""The page of `watch`: controls, steps, updates."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from tests.pkcompat.page_checks import check_page
from tests.pkcompat.watched_in_tests import PATIENCE, watched_of

from pkcompat.report.side_by_side_html import page_file
from pkcompat.serving.server import serving
from pkcompat.traffic.comparison import Rules
from pkcompat.traffic.steps import Connect, Send, Traffic
from pkcompat.traffic.transcript import Message, Opened
from pkcompat.watch.forms import Problem, Status, WatchedForms
from pkcompat.watch.page import watch_app

CONNECT = Connect("<a>", "/party/r?_pk=a", (("x", "1"),))
SCRIPT = Traffic("chat", (CONNECT, Send("<a>", "x")), name="n")


@asynccontextmanager
async def nothing(app: Starlette) -> AsyncIterator[None]:
    yield


@pytest.fixture
def watched(tmp_path: Path) -> WatchedForms:
    """Forms that do not run; what came of steps is put in by the tests."""
    watched = watched_of(tmp_path, SCRIPT, Rules(texts=(re.compile("<id>"),)))
    watched.status = Status.RUNNING
    return watched


def take(watched: WatchedForms, old: str, new: str) -> None:
    """Have a client connect, and receive a text in each form."""
    watched.traffic.begin(CONNECT, 0.0)
    for side, text in enumerate([old, new]):
        watched.traffic.record_result(side, Opened())
        watched.traffic.received(side, {"<a>": (Message(text),)}, 0.0)
    watched.traffic.settle()


@asynccontextmanager
async def client_of(watched: WatchedForms) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(watch_app(watched, nothing))
    async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
        yield client


@asynccontextmanager
async def news_of(watched: WatchedForms) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """What a page is told, over a socket."""

    async def messages(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, Any]]:
        async for line in lines:
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))

    async with asyncio.timeout(PATIENCE), serving(watch_app(watched, nothing)) as address:
        async with httpx.AsyncClient() as client, client.stream("GET", f"{address.url}/news") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield messages(answer.aiter_lines())
        watched.end_listening()


async def test_the_page_and_its_files(watched: WatchedForms) -> None:
    async with client_of(watched) as client:
        page = await client.get("/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        links = [link for link in check_page(page.text).links if not link.startswith(("#", "data:"))]
        assert links == ["side_by_side.css", "watch.css", "watch.js", "traffic.json"]
        for link in links:
            assert (await client.get(f"/{link}")).status_code == 200
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self';" in policy
        assert "unsafe" not in policy
        assert (await client.get("/watch_page.py")).status_code == 404


def test_every_control_has_a_label() -> None:
    page = page_file("watch.html")
    labelled = set(re.findall(r'for="([^"]+)"', page))
    controls = set(re.findall(r'<(?:input|select|textarea) id="([^"]+)"', page))
    assert controls == labelled
    script = page_file("watch.js")
    used = set(re.findall(r'at\("([^"]+)"\)', script)) | set(re.findall(r'onSubmit\("([^"]+)"', script))
    assert used <= set(check_page(page).ids)


async def test_a_step_is_taken(watched: WatchedForms) -> None:
    async with client_of(watched) as client:
        step = {"op": "connect", "client": "b", "path": "/party/r"}
        assert (await client.post("/steps", json=step)).status_code == 202
        assert watched.done.steps == (Connect("b", "/party/r"),)


@pytest.mark.parametrize(
    ("step", "status", "error"),
    [
        ({"op": "conect"}, 422, "this: `op` is 'conect', which is not an operation; did you mean 'connect'?"),
        ({"op": "send", "client": "z", "binary": "?"}, 422, "base64"),
        ({"op": "send", "client": "z", "text": "x"}, 409, "z has not connected yet"),
        ([], 422, "this: must be an object"),
    ],
)
async def test_a_step_that_cannot_be_taken(
    watched: WatchedForms, step: object, status: int, error: str
) -> None:
    async with client_of(watched) as client:
        answer = await client.post("/steps", json=step)
        assert answer.status_code == status
        assert error in answer.json()["error"]


async def test_what_is_no_json(watched: WatchedForms) -> None:
    async with client_of(watched) as client:
        for content in (b"{", b"\xff", b'{"op": "\\'):
            assert (await client.post("/steps", content=content)).json() == {
                "error": "the request is not JSON"
            }
        assert (await client.get("/steps")).status_code == 405


async def test_orders(watched: WatchedForms) -> None:
    async with client_of(watched) as client:
        await client.post("/next")
        assert (watched.waiting, len(watched.script)) == (1, 1)
        await client.post("/stop")
        assert (watched.waiting, len(watched.script)) == (0, 2)
        await client.post("/play")
        assert (watched.waiting, len(watched.script)) == (2, 0)
        take(watched, "1", "1")
        await client.post("/again")
        assert (watched.waiting, len(watched.traffic.steps)) == (3, 0)
        await client.post("/clear")
        assert (watched.waiting, len(watched.script)) == (0, 2)


async def test_what_was_done_is_a_traffic_file(watched: WatchedForms) -> None:
    take(watched, "1", "2")
    async with client_of(watched) as client:
        answer = await client.get("/traffic.json")
        assert answer.headers["content-disposition"] == 'attachment; filename="old-traffic.json"'
        assert answer.json() == {
            "party": "chat",
            "steps": [{"op": "connect", "client": "<a>", "path": "/party/r?_pk=a", "headers": {"x": "1"}}],
        }


async def test_a_page_is_told_everything_and_then_what_is_new(watched: WatchedForms) -> None:
    take(watched, "1<id>", "2")
    async with news_of(watched) as news:
        told = await anext(news)
        assert told["anew"]
        assert [step["id"] for step in told["steps"]] == ["step-1"]
        check_page(told["steps"][0]["html"])
        assert '<mark>1<span class="ignored">&lt;id&gt;</span></mark>' in told["steps"][0]["html"]
        assert told["said"] == ["Both forms are running."]
        assert told["next"] == "<a> connects to /party/r?_pk=a (x: 1)"
        assert told["clients"] == [
            {
                "name": "<a>",
                "open": True,
                "told": "connected",
                "connect": {
                    "op": "connect",
                    "client": "<a>",
                    "path": "/party/r?_pk=a",
                    "headers": [["x", "1"]],
                },
            }
        ]
        watched.play(1)
        told = await anext(news)
        assert (told["anew"], told["steps"], told["waiting"], told["left"]) == (False, [], 1, 1)


async def test_a_problem_is_told_and_escaped(watched: WatchedForms) -> None:
    watched.status, watched.problem = Status.FAILED, Problem("<no>", "Traceback <x>")
    async with news_of(watched) as news:
        told = await anext(news)
    assert told["status"] == "failed"
    assert told["problem"] == "<p>&lt;no&gt;</p><pre>Traceback &lt;x&gt;</pre>"


async def test_what_comes_at_once_is_told_at_once(watched: WatchedForms) -> None:
    async with news_of(watched) as news:
        await anext(news)
        for _ in range(50):
            watched.play(0)
        await anext(news)
        watched.stop()
        assert (await anext(news))["said"] == ["Stopped."]


async def test_forms_that_end_end_their_pages(watched: WatchedForms) -> None:
    async with news_of(watched) as news:
        await anext(news)
        watched.end_listening()
        assert [told async for told in news] == []

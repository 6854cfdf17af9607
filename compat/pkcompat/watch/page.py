"""The page of `pkcompat watch`: its files, the events it receives, and the requests it makes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from pkcompat.report import columns_html, element, joined, page_file, step_html, visible
from pkcompat.traffic import FieldError, dump_traffic, parse_step, tell_step
from pkcompat.watch.forms import News, WatchedForms, WatchError
from pkcompat.watch.traffic import ClientState

AT_MOST_EVERY = 0.05
"""Seconds between two events for a page; news in between are combined."""

_BEAT = 15.0  # seconds without news until a heartbeat, which shows whether the page is still open
_MOST_OUTPUT = 8_000  # characters at the end of a form's output
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_FILES = {
    "/": ("watch.html", "text/html"),
    "/side_by_side.css": ("side_by_side.css", "text/css"),
    "/watch.css": ("watch.css", "text/css"),
    "/watch.js": ("watch.js", "text/javascript"),
}


class WatchPage:
    """The page of watched forms.

    Args:
        watched: the forms.
    """

    def __init__(self, watched: WatchedForms) -> None:
        self._watched = watched

    def routes(self) -> list[BaseRoute]:
        """The routes of the page."""
        files = [Route(path, self._file(*file)) for path, file in _FILES.items()]
        orders: dict[str, Callable[[], None]] = {
            "/next": lambda: self._watched.play(1),
            "/play": self._watched.play,
            "/stop": self._watched.stop,
            "/again": lambda: self._watched.start_again(replay=True),
            "/clear": lambda: self._watched.start_again(replay=False),
        }
        return [
            *files,
            *(Route(path, self._order(order), methods=["POST"]) for path, order in orders.items()),
            Route("/steps", self._step, methods=["POST"]),
            Route("/traffic.json", self._traffic),
            Route("/news", self._news),
        ]

    def _file(self, name: str, kind: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return Response(page_file(name), media_type=kind, headers=_HEADERS)

        return answer

    def _order(self, order: Callable[[], None]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            order()
            return JSONResponse({}, 202, headers=_HEADERS)

        return answer

    async def _step(self, request: Request) -> Response:
        try:
            self._watched.submit(parse_step(await request.json(), "this"))
        except (ValueError, RecursionError):
            return _refused(422, "the request is not JSON")
        except FieldError as error:
            return _refused(422, str(error))
        except WatchError as error:
            return _refused(409, str(error))
        return JSONResponse({}, 202, headers=_HEADERS)

    async def _traffic(self, request: Request) -> Response:
        name = f"{Path(self._watched.plan.forms.old.partition(':')[0]).stem or 'party'}-traffic.json"
        safe = "".join(character if character.isalnum() or character in "-_." else "_" for character in name)
        headers = {
            **_HEADERS,
            "Content-Disposition": f'attachment; filename="{safe.encode("ascii", "replace").decode()}"',
        }
        return Response(dump_traffic(self._watched.done), media_type="application/json", headers=headers)

    async def _news(self, request: Request) -> Response:
        headers = {**_HEADERS, "X-Accel-Buffering": "no"}
        return StreamingResponse(self._messages(), media_type="text/event-stream", headers=headers)

    async def _messages(self) -> AsyncIterator[str]:
        """Server-sent events, each with the HTML of changed steps and the current state."""
        with self._watched.listening() as listener:
            while True:
                try:
                    news = await asyncio.wait_for(listener.news(), _BEAT)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if news is None:
                    return
                yield _event(self._update(news))
                await asyncio.sleep(AT_MOST_EVERY)

    def _update(self, news: News) -> dict[str, Any]:
        """The content of an event; `page/watch.js` reads it."""
        watched = self._watched
        rules = watched.plan.forms.rules
        steps = [
            {
                "id": f"step-{index + 1}",
                "html": step_html(
                    watched.traffic.side_by_side(index),
                    watched.columns,
                    rules.texts,
                    is_settled=watched.traffic.is_step_settled(index),
                ),
            }
            for index in sorted(news.steps)
        ]
        return {
            "anew": news.begins_anew,
            "steps": steps,
            "said": news.said,
            "status": watched.status.value,
            "problem": self._problem(),
            "columns": columns_html(watched.columns),
            "clients": [self._client(state) for state in watched.traffic.clients],
            "waiting": watched.waiting,
            "next": tell_step(watched.script[0]) if watched.script else None,
            "left": len(watched.script),
            "differing": [index + 1 for index in watched.differing],
            "taken": len(watched.traffic.steps),
            "settled": len(watched.traffic.steps) - (not watched.traffic.is_settled),
            "output": self._output(),
            "target": watched.plan.forms.old,
            "party": watched.party,
            "ignored": [pattern.pattern for pattern in rules.texts],
        }

    def _problem(self) -> Markup | None:
        problem = self._watched.problem
        if problem is None:
            return None
        waiting = self._watched.waiting
        return joined(
            [
                element("p", visible(problem.message)),
                element("pre", visible(problem.detail)) if problem.detail else None,
                element("p", f"{_steps(waiting)} played again once both forms are running.")
                if waiting
                else None,
            ]
        )

    def _client(self, state: ClientState) -> dict[str, Any]:
        path = state.connect.path
        return {
            "name": state.name,
            "open": any(state.is_open),
            "told": _connected_in(state, [column.name for column in self._watched.columns]),
            "connect": {
                "op": "connect",
                "client": state.name,
                "path": path,
                "headers": list(state.connect.headers),
            },
        }

    def _output(self) -> Markup | None:
        outputs = [
            element(
                "div", element("h3", column.name), element("pre", visible(text[-_MOST_OUTPUT:]) or "nothing")
            )
            for column, text in zip(self._watched.columns, self._watched.outputs, strict=False)
        ]
        return joined(outputs) if any(self._watched.outputs) else None


def watch_app(watched: WatchedForms, lifespan: Callable[[Starlette], Any]) -> Starlette:
    """The application that serves the page of watched forms.

    Args:
        watched: the forms.
        lifespan: the lifespan of the application.
    """
    return Starlette(routes=WatchPage(watched).routes(), lifespan=lifespan)


def _connected_in(state: ClientState, names: list[str]) -> str:
    """Say whether a client is connected, in each form if they differ."""
    if all(state.is_open):
        return "connected"
    if not any(state.is_open):
        return "not connected"
    return ", ".join(
        f"{'connected' if is_open else 'not connected'} in the {name}"
        for is_open, name in zip(state.is_open, names, strict=True)
    )


def _steps(count: int) -> str:
    return "1 step is" if count == 1 else f"{count:,} steps are"


def _refused(status: int, problem: str) -> Response:
    return JSONResponse({"error": problem}, status, headers=_HEADERS)


def _event(update: dict[str, Any]) -> str:
    return f"data: {json.dumps(update)}\n\n"

"""Answers HTTP requests: rooms, crons, static files, `on_fetch` (recordings `counter_http`, `main_hooks`)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from partyserver.edge.cron_requests import CRON_PATH, CronRequests, CronRequestsFrom
from partyserver.edge.crons import CronExpression
from partyserver.edge.hooks import Hooks
from partyserver.paths import RoomPath, full_raw_path, match_room, raw_path
from partyserver.responses import ErrorAnswers, log_failure, text_response
from partyserver.rooms import Cron, Party, Services, defines, respond
from partyserver.storage import CommitGate, send_response, until_committed
from partyserver.stubs import Switchboard


class HttpEndpoint:
    """The ASGI application for HTTP requests."""

    def __init__(
        self,
        parties: Mapping[str, Party],
        services: Services,
        switchboard: Switchboard,
        answers: ErrorAnswers,
        crons: Mapping[str, CronExpression],
        cron_requests: CronRequestsFrom = "loopback",
    ) -> None:
        self._parties = parties
        self._services = services
        self._switchboard = switchboard
        self._answers = answers
        self._cron_requests = CronRequests(cron_requests, crons, services.clock, self.run_cron)
        self.hooks = {
            name: Hooks(name, party.server_class, services, answers) for name, party in parties.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        target = match_room(raw_path(scope))
        response = await self.answer(request, target)
        await send_response(response, scope, receive, send, self._gate(target))

    async def answer(self, request: Request, target: RoomPath | None) -> Response:
        """The answer to any request that no route of the application took.

        Args:
            request: the request.
            target: the room that its path names, if it does.
        """
        self._switchboard.seen(request)
        try:
            if target is not None:
                response = await self._answer_room(request, target)
            else:
                response = await self._answer_outside(request, raw_path(request.scope))
            await until_committed(self._gate(target))
            return response
        except Exception as error:
            log_failure(error, "%s %s failed", request.method, full_raw_path(request.scope))
            return self._answers.response(error)

    def _gate(self, target: RoomPath | None) -> CommitGate:
        storage = self._services.storage
        return storage if target is None else storage.gate(*target)

    async def _answer_room(self, request: Request, target: RoomPath) -> Response:
        party = self._parties.get(target.party)
        if party is None:
            return unknown_party(target.party)
        if (refusal := long_id(target.room_id, self._services.limits.max_room_id)) is not None:
            return refusal
        outcome = await self.hooks[target.party].before_request(request, target.room_id)
        if isinstance(outcome, Response):
            return outcome
        if not defines(party.server_class, "on_request"):
            return text_response("No onRequest handler", 500)
        return await respond(self._switchboard.open_room(*target), outcome, self._answers)

    async def _answer_outside(self, request: Request, path: str) -> Response:
        hooks = self.hooks.get("main")
        if path == CRON_PATH and self.runs_crons and self._cron_requests.allowed_from != "nobody":
            return await self._cron_requests.answer(request)
        assets = self._services.room_context.assets
        if (asset := await assets.answer(request)) is not None:
            return asset
        if hooks is not None and (response := await hooks.fetch(request)) is not None:
            return response
        if (page := await assets.not_found()) is not None:
            return page
        return text_response("Not found", 404)

    @property
    def runs_crons(self) -> bool:
        """Whether there is an `on_cron`."""
        return "main" in self.hooks and self.hooks["main"].has("on_cron")

    async def run_cron(self, cron: Cron) -> None:
        """Run `on_cron`."""
        await self.hooks["main"].cron(cron)


def long_id(room_id: str, most: int) -> Response | None:
    """The answer to a path whose room has a longer id than is allowed; else None."""
    if not most or len(room_id) <= most:
        return None
    return text_response(f"A room's id must not be longer than {most} characters, percent-encoded", 414)


def unknown_party(name: str) -> Response:
    """The answer to a path of a party that there is not, or that names none, in PartyKit's words."""
    if not name:
        return text_response("No party found in request url", 500)
    return text_response(f"Party {name} not found", 404)

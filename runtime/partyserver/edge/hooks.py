"""Runs a party's static hooks: their arguments, their return values, and the answers to their errors."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from partyserver.edge.openings import SWITCHING_PROTOCOLS, Opening, opening_of
from partyserver.exceptions import HandlerResultError
from partyserver.handler_calls import contained, settled
from partyserver.handler_frames import Handler, runs_handler
from partyserver.paths import full_raw_path
from partyserver.requests import hook_request
from partyserver.responses import ErrorAnswers, as_response, log_failure
from partyserver.rooms import (
    Cron,
    ExecutionContext,
    Lobby,
    PartyServer,
    Services,
    defines,
    handling_outside_rooms,
)
from partyserver.sockets import EdgeSocket


class Hooks:
    """The static hooks of one party.

    Attributes:
        party_name: the party's name on its host.
        server_class: its class.
    """

    def __init__(
        self, party_name: str, server_class: type[PartyServer], services: Services, answers: ErrorAnswers
    ) -> None:
        self.party_name = party_name
        self.server_class = server_class
        self._services = services
        self._figures = services.figures.party(party_name)
        self._answers = answers

    def has(self, name: str) -> bool:
        """Whether the party has this hook."""
        return defines(self.server_class, name)

    async def before_connect(self, request: Request, room_id: str) -> Opening | Response:
        """The handshake that goes on to the room, or the response that refuses it.

        Where the hook returns neither, the original request goes on, as on PartyKit.

        Raises:
            HandlerResultError: the hook chose a subprotocol that the client does not offer.
        """
        if not self.has("on_before_connect"):
            return self.opening(request)
        given = hook_request(request)
        result = await self._before("on_before_connect", given, room_id, may_switch=True)
        if isinstance(result, Response):
            if result.status_code != SWITCHING_PROTOCOLS:
                return result
            return self.opening(given, result)
        return self.opening(request if result is None else result)

    def opening(self, request: Request, response: Response | None = None) -> Opening:
        """The answer to a handshake that no hook refuses; see `opening_of`."""
        return opening_of(request, self.server_class.options.subprotocols, response)

    async def before_request(self, request: Request, room_id: str) -> Request | Response:
        """The request that goes on to the room, or the response that answers it.

        Raises:
            HandlerResultError: the hook returned neither.
        """
        if not self.has("on_before_request"):
            return request
        result = await self._before("on_before_request", hook_request(request), room_id)
        if result is None:
            raise HandlerResultError("on_before_request must return the request that goes on, or a Response")
        return result

    async def _before(
        self, name: str, request: Request, room_id: str, *, may_switch: bool = False
    ) -> Request | Response | None:
        try:
            result = await self._call(name, request, self._lobby(room_id))
        except Exception as error:
            log_failure(error, "%s of %s failed", name, full_raw_path(request.scope))
            return self._answers.response(error, status_code=401)
        if result is None or isinstance(result, Request):
            return result
        return self._response(result, name, may_switch=may_switch)

    async def fetch(self, request: Request) -> Response | None:
        """The answer of `on_fetch`; None if there is no such hook, or it returned None."""
        if not self.has("on_fetch"):
            return None
        result = await self._call("on_fetch", request, self._lobby(None))
        return None if result is None else self._response(result, "on_fetch")

    def _response(self, result: object, name: str, *, may_switch: bool = False) -> Response:
        try:
            return as_response(result, name, may_switch=may_switch)
        except HandlerResultError as error:
            self._figures.failed(name, error)
            raise

    async def socket(self, socket: EdgeSocket) -> None:
        """Run `on_socket`."""
        await self._call("on_socket", socket, self._lobby(None))

    async def cron(self, cron: Cron) -> None:
        """Run `on_cron`."""
        await self._call("on_cron", cron, self._lobby(None))

    def _lobby(self, room_id: str | None) -> Lobby:
        context = self._services.room_context
        return Lobby(room_id, self._services.env, context.parties, context.assets)

    @runs_handler(lambda local: Handler(local["name"], local["self"].party_name))
    async def _call(self, name: str, *arguments: Any) -> Any:
        hook: Callable[..., Any] = getattr(self.server_class, name)
        begun = perf_counter() if self._figures.is_timed else 0.0
        try:
            with handling_outside_rooms(self.party_name), contained:
                return await settled(hook(*arguments, ExecutionContext(self._services.tasks.watch)))
        except Exception as error:
            self._figures.failed(name, error)
            raise
        finally:
            if begun:
                self._figures.ran(name, begun)

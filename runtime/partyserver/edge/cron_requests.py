"""Crons that are run by a request: `GET /__scheduled__?cron=<name>` (recording `main_hooks`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeAlias, get_args

from starlette.requests import Request
from starlette.responses import Response

from partyserver.clock import Clock
from partyserver.edge.crons import CronExpression
from partyserver.local_clients import comes_from_another_site, is_local
from partyserver.responses import text_response
from partyserver.rooms import Cron

CRON_PATH = "/__scheduled__"
_METHODS = ("GET", "POST")

CronRequestsFrom: TypeAlias = Literal["loopback", "anyone", "nobody"]
"""Who may have a cron run by a request: clients on the same machine, everybody, or nobody."""


class CronRequests:
    """Answers requests that run a cron.

    A request that a page of another site made is refused in any case.
    """

    def __init__(
        self,
        allowed_from: CronRequestsFrom,
        expressions: Mapping[str, CronExpression],
        clock: Clock,
        run: Callable[[Cron], Awaitable[None]],
    ) -> None:
        """
        Args:
            allowed_from: who may have a cron run.
            expressions: the host's cron expressions by name.
            clock: gives the time.
            run: runs a cron.

        Raises:
            ValueError: `allowed_from` is none of its values.
        """
        if allowed_from not in get_args(CronRequestsFrom):
            raise ValueError(f"cron_requests is 'loopback', 'anyone' or 'nobody', got {allowed_from!r}")
        self.allowed_from = allowed_from
        self._expressions = expressions
        self._clock = clock
        self._run = run

    async def answer(self, request: Request) -> Response:
        """Run the cron that a request names, if it may.

        Raises:
            Exception: what `on_cron` raised.
        """
        if comes_from_another_site(request.scope):
            return text_response("pages of other sites may not run crons", 403)
        if self.allowed_from == "loopback" and not is_local(request.scope):
            text = "crons run for clients on this machine alone, and for none behind a proxy (cron_requests)"
            return text_response(text, 403)
        if request.method not in _METHODS:
            response = text_response("crons run by GET and POST", 405)
            response.headers["allow"] = ", ".join(_METHODS)
            return response
        name = request.query_params.get("cron", "")
        expression = self._expressions.get(name)
        if expression is None:
            known = ", ".join(self._expressions) or "none"
            return text_response(f"no such cron; ?cron= names one of the host's: {known}", 404)
        await self._run(Cron(name, expression.text, self._clock.now()))
        return text_response(f"ran cron {name}: {expression.text}", 200)

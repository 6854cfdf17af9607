"""What arrives from outside: WebSockets, HTTP requests, hooks, crons."""

from partyserver.edge.cron_requests import CronRequestsFrom
from partyserver.edge.crons import CronExpression, CronSchedule
from partyserver.edge.hooks import Hooks
from partyserver.edge.http import HttpEndpoint
from partyserver.edge.origins import ANY_ORIGIN, AllowedOrigins, allowed_origins, refuse_origin
from partyserver.edge.refusal import refuse
from partyserver.edge.request_checks import RequestChecks
from partyserver.edge.websockets import NO_CLOSE_FRAME, WebSocketEndpoint, end_event

__all__ = [
    "ANY_ORIGIN",
    "NO_CLOSE_FRAME",
    "AllowedOrigins",
    "CronExpression",
    "CronRequestsFrom",
    "CronSchedule",
    "Hooks",
    "HttpEndpoint",
    "RequestChecks",
    "WebSocketEndpoint",
    "allowed_origins",
    "end_event",
    "refuse",
    "refuse_origin",
]

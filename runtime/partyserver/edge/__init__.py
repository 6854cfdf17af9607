"""What arrives from outside: WebSockets, HTTP requests, hooks, crons."""

from partyserver.edge.crons import CronExpression, CronSchedule
from partyserver.edge.hooks import Hooks
from partyserver.edge.http import HttpEndpoint
from partyserver.edge.websockets import WebSocketEndpoint, end_event

__all__ = [
    "CronExpression",
    "CronSchedule",
    "Hooks",
    "HttpEndpoint",
    "WebSocketEndpoint",
    "end_event",
]

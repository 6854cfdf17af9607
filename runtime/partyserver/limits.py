"""What clients and handlers may take of a host: bytes, seconds, numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

KIB = 1_024
MIB = 1_024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a host, for `Host(limits=Limits(...))`. 0 stands for no limit.

    Attributes:
        max_queue: bytes that wait to be sent to a connection, those in the transport's buffer included. Past
            them it is watched: it is closed with 1013 if for 2 seconds it has not come nearer to the mark by
            a sixteenth of it, or once 16 times the mark wait. So a single message may be longer, and many may
            be sent at once; those who read get them.
        max_unfinished: bytes that are kept of messages whose end has not come, of all connections together;
            past them the connection whose message began first is closed with 1008, and so on.
        max_body: bytes of a request's body; a longer one is answered 413.
        header_timeout: seconds that a client has to send the head of a request; without it in time the TCP
            connection is closed. It needs a server of ours (`pkcompat serve`).
        max_handlers: handlers that run for messages of one connection at the same time, or wait for their
            turn; past that it is not read until half of them have ended, so that TCP pushes back. A message
            counts once more for each 16 KiB of it. What a client has sent beyond that is dropped if it
            leaves and they do not end within the time for pings.
        max_room_handlers: the same for all connections of a room.
        slow_handler: seconds for which a handler may hold the event loop; past that it is named in the log,
            with its room and the line where it is.
        stuck_handler: seconds that a handler may take to end; past that it is named in the log, with its room
            and the line where it waits.
        max_header_bytes: bytes of the head of a request, path and headers together; a longer one is answered
            431, or 414 where the path alone is as long. It needs a server of ours.
        max_connections: TCP connections at a time; those beyond are answered 503. With 0 there may be as many
            as the process has file handles for. It needs a server of ours.
        max_room_id: characters of a room's id, percent-encoded; a path with a longer one is answered 414.
        max_room_connections: connections of a room; past them a handshake is refused with 503, between
            `on_before_connect` and `on_connect`. A Durable Object takes as many as the default.
        max_idle_rooms: rooms without connections that stay in memory; where there are more, those that were
            idle the longest are dropped early, as they are after the idle or eviction timeout.

    Raises:
        ValueError: a limit is negative or no number; the message names it.
    """

    max_queue: int = 1 * MIB
    max_unfinished: int = 32 * MIB
    max_body: int = 100 * MIB
    header_timeout: float = 10.0
    max_handlers: int = 1_000
    max_room_handlers: int = 10_000
    slow_handler: float = 1.0
    stuck_handler: float = 30.0
    max_header_bytes: int = 64 * KIB
    max_connections: int = 0
    max_room_id: int = 2_048
    max_room_connections: int = 32_768
    max_idle_rooms: int = 10_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise ValueError(
                    f"Limits: {field.name} must be 0 (no limit) or a positive number, got {value!r}"
                )

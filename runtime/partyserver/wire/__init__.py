"""Bytes to messages and back. With `uvicorn_protocol` the only place that imports uvicorn or websockets."""

from partyserver.wire.backlog import CLOSED_WITHIN, LOOK_EVERY, TOO_SLOW, Backlog, Verdict
from partyserver.wire.close_codes import ABNORMAL, NO_STATUS, check_close, shorten_reason
from partyserver.wire.direct_events import (
    EXTENSION,
    PROTOCOL_ERROR,
    Dispatcher,
    TakenOver,
    TcpConnection,
    attended,
    message_of,
    offered_direct_events,
)
from partyserver.wire.frame_writer import FrameWriter, SharedFrames
from partyserver.wire.frames import Data, encode_frame
from partyserver.wire.intake import Flow
from partyserver.wire.request_heads import HeadRefusedError, check_host, has_one_host
from partyserver.wire.tcp_end import CLOSE_TIMEOUT
from partyserver.wire.unfinished import UNBOUNDED, Bounds, Unfinished

__all__ = [
    "ABNORMAL",
    "CLOSED_WITHIN",
    "CLOSE_TIMEOUT",
    "EXTENSION",
    "LOOK_EVERY",
    "NO_STATUS",
    "PROTOCOL_ERROR",
    "TOO_SLOW",
    "UNBOUNDED",
    "Backlog",
    "Bounds",
    "Data",
    "Dispatcher",
    "Flow",
    "FrameWriter",
    "HeadRefusedError",
    "SharedFrames",
    "TakenOver",
    "TcpConnection",
    "Unfinished",
    "Verdict",
    "attended",
    "check_close",
    "check_host",
    "encode_frame",
    "has_one_host",
    "message_of",
    "offered_direct_events",
    "shorten_reason",
]

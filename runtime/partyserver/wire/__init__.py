"""Bytes to messages and back. With `uvicorn_protocol` the only place that imports uvicorn or websockets."""

from partyserver.wire.close_codes import ABNORMAL, NO_STATUS, check_close, shorten_reason
from partyserver.wire.direct_events import (
    EXTENSION,
    PROTOCOL_ERROR,
    Dispatcher,
    TakenOver,
    message_of,
    offered_direct_events,
)
from partyserver.wire.frame_writer import FrameWriter, SharedFrames
from partyserver.wire.frames import Data, encode_frame

__all__ = [
    "ABNORMAL",
    "EXTENSION",
    "NO_STATUS",
    "PROTOCOL_ERROR",
    "Data",
    "Dispatcher",
    "FrameWriter",
    "SharedFrames",
    "TakenOver",
    "check_close",
    "encode_frame",
    "message_of",
    "offered_direct_events",
    "shorten_reason",
]

"""How far the closing handshake of a WebSocket is (RFC 6455, section 7)."""

from __future__ import annotations

import enum


class State(enum.Enum):
    """How far the closing handshake is, seen from this side."""

    OPEN = enum.auto()  # no close frame has gone either way
    FAILING = enum.auto()  # the peer has broken the protocol; what came before that is still answered
    CLOSING = enum.auto()  # the application has closed; the peer's answer is due until the timer ends
    CLOSED = enum.auto()  # nothing goes out any more; the TCP connection closes or is gone


# Until Python 3.12 `State.OPEN` takes ten times as long as a name, and every message asks for it.
OPEN, FAILING, CLOSING, CLOSED = State

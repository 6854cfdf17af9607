"""Holds what a WebSocket's peer sends while its application can take no more, so that TCP pushes back."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Protocol

from partyserver.wire.frames import Data


class Flow(Protocol):
    """A WebSocket whose messages can be held up; both calls may be made at any time, also twice."""

    def pause_reading(self) -> None:
        """Dispatch no more messages, those that were received already included, and read no more."""

    def resume_reading(self) -> None:
        """Go on with what was received, from the next turn of the event loop on, then with reading."""


class Intake:
    """Messages of a WebSocket behind the one with which its application had enough.

    Attributes:
        is_paused: whether none may be dispatched now.
    """

    __slots__ = ("_messages", "is_paused")

    def __init__(self) -> None:
        self.is_paused = False
        self._messages: deque[Data] = deque()

    def hold(self, message: Data) -> None:
        """Keep a message until `release`."""
        self._messages.append(message)

    def release(self, dispatch: Callable[[Data], None], *, at_once: bool = False) -> None:
        """Dispatch what is held, until the application has enough again.

        Args:
            dispatch: called with each message; it may pause the intake.
            at_once: whether to dispatch all of it, for something follows that cannot wait.
        """
        while self._messages and (at_once or not self.is_paused):
            self.is_paused = False
            dispatch(self._messages.popleft())


_TCP_INFO = "=B23xI28xI"  # of Linux' struct tcp_info: tcpi_state, tcpi_unacked, tcpi_last_ack_recv
_ESTABLISHED = 1


def is_peer_there(transport: asyncio.Transport, silent_for: float) -> bool:
    """Whether the peer of a TCP connection that is not read from is still there, as far as the kernel knows.

    Args:
        transport: the TCP connection.
        silent_for: seconds in which a peer acknowledges at least something of what it was sent.

    Returns:
        False where it has closed, or acknowledges nothing. True also where the kernel does not tell, which
        Linux alone does.
    """
    connection = transport.get_extra_info("socket")
    if connection is None or not hasattr(socket, "TCP_INFO"):
        return True
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, struct.calcsize(_TCP_INFO))
        state, unacknowledged, silent = struct.unpack(_TCP_INFO, told)
    except (OSError, struct.error):
        return True
    return state == _ESTABLISHED and not (unacknowledged and silent > silent_for * 1_000)

"""Pings an idle peer and reports one that does not answer, with uvicorn's settings and its timing."""

from __future__ import annotations

import asyncio
import random
from typing import Protocol


class PingedSocket(Protocol):
    """What is pinged."""

    def send_ping(self, payload: bytes) -> bool:
        """Send a ping; returns False where the socket closes, and needs no more of them."""

    def is_there(self, silent_for: float) -> bool:
        """Whether TCP still knows of the peer; see `is_peer_there`."""

    def pong_missing(self) -> None:
        """The peer has not answered in time."""


class Keepalive:
    """The pings of one WebSocket: the next is due an interval after the last one was sent."""

    __slots__ = ("_excused", "_interval", "_loop", "_payload", "_socket", "_timeout", "_timer")

    def __init__(
        self,
        socket: PingedSocket,
        loop: asyncio.AbstractEventLoop,
        interval: float | None,
        timeout: float | None,
    ) -> None:
        """
        Args:
            socket: what is pinged.
            loop: its event loop.
            interval: seconds between pings; without it there are none.
            timeout: seconds that the peer has to answer; without it none is missed.
        """
        self._socket = socket
        self._loop = loop
        self._interval = interval
        self._timeout = timeout
        self._payload: bytes | None = None  # of the ping that is not answered
        self._excused = False  # whether the answer may lie unread
        self._timer: asyncio.TimerHandle | None = None  # until the next ping, or for the pong

    def start(self, answered_in: float = 0.0) -> None:
        """Send a ping when the next one is due.

        Args:
            answered_in: seconds that the peer took to answer the last one.
        """
        if self._interval:
            self._timer = self._loop.call_later(max(0.0, self._interval - answered_in), self._send)

    def stop(self) -> None:
        """Send no more pings and expect no pong."""
        self._payload = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def excuse(self) -> None:
        """This side does not read: miss no answer to the present ping as long as the peer is there."""
        self._excused = True

    def receive_pong(self, payload: bytes) -> None:
        """A pong came; one that answers an earlier ping, or none, does not count."""
        if self._payload is None or payload != self._payload:
            return
        self._payload = None
        if self._timer is not None and self._timeout:
            answered_in = self._loop.time() - (self._timer.when() - self._timeout)
            self._timer.cancel()
            self.start(answered_in)

    def _send(self) -> None:
        self._timer = None
        self._excused = False
        self._payload = random.randbytes(4)
        if not self._socket.send_ping(self._payload):
            return
        if self._timeout:
            self._timer = self._loop.call_later(self._timeout, self._miss)
        else:
            self.start()

    def _miss(self) -> None:
        self._timer = None
        self._payload = None
        if self._excused and self._socket.is_there(self._timeout or 0.0):
            self.start(self._timeout or 0.0)
        else:
            self._socket.pong_missing()

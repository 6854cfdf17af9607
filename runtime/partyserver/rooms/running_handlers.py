"""Bounds how many handlers run for messages: past that nothing is read, so that TCP pushes back."""

from __future__ import annotations

import math

from partyserver.sockets import Socket
from partyserver.wire import Data

_LARGE = 14  # a message counts once, and once more for each 2 to the power of this bytes: 16 KiB


class RunningHandlers:
    """The handlers that run for messages of the connections of one room, or wait for their turn.

    A connection that has too many is not read until half of them have ended; nor is one that sends to a room
    that has too many. Messages that are handled without a task never count.
    """

    __slots__ = ("_is_full", "_most", "_most_each", "_paused", "_running")

    def __init__(self, most_each: int, most: int) -> None:
        """
        Args:
            most_each: how many a connection may have; 0 for any number.
            most: how many the room may have; 0 for any number.
        """
        self._most_each = most_each or math.inf
        self._most = most or math.inf
        self._running = 0
        self._is_full = False
        self._paused: set[Socket] | None = None  # an empty set takes 0.2 KB

    def began(self, socket: Socket, message: Data) -> None:
        """A message is to be handled in a task."""
        weight = 1 + (len(message) >> _LARGE)
        self._running += weight
        socket._running += weight
        if socket._running >= self._most_each or self._running >= self._most:
            self._pause(socket)

    def ended(self, socket: Socket, message: Data) -> None:
        """Its handler has ended."""
        weight = 1 + (len(message) >> _LARGE)
        self._running -= weight
        socket._running -= weight
        if self._paused is not None:
            self._resume(socket, self._paused)

    def forget(self, socket: Socket) -> None:
        """The socket has ended; its handlers may go on."""
        socket._flow = None
        if self._paused is not None:
            self._paused.discard(socket)

    def _pause(self, socket: Socket) -> None:
        self._is_full = self._running >= self._most
        if socket._flow is not None:
            if self._paused is None:
                self._paused = set()
            self._paused.add(socket)
            socket._flow.pause_reading()

    def _resume(self, socket: Socket, paused: set[Socket]) -> None:
        candidates = [socket]
        if self._is_full:
            if self._running > self._most / 2:
                return
            self._is_full = False
            candidates = list(paused)
        for each in candidates:
            if each in paused and each._running <= self._most_each / 2:
                paused.discard(each)
                if each._flow is not None:
                    each._flow.resume_reading()
        if not paused:
            self._paused = None

"""Ends the TCP connection of a WebSocket: what was written leaves first, and within a bounded time.

A connection that is closed while unread data is in the kernel's buffer is reset, and the peer may then miss
the close frame. So this side half-closes, discards what still comes, and closes once the peer has
(RFC 6455, section 7.1.1). A peer that takes nothing would hold its connection for ever: it is aborted.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

CLOSE_TIMEOUT = 10.0
"""Seconds that a peer has for each step of closing: to read some of what was written, to answer, to close."""

SHUTDOWN_TIMEOUT = 0.5
"""The same when the server ends."""

MOST_DISCARDED = 64 * 1_024 * 1_024
"""Bytes that are discarded while the peer has not closed; past them it is aborted."""


class TcpEnd:
    """A TCP connection that ends. From the start on it lasts `timeout` seconds, and as much again for as
    long as the peer reads some of what was written in that time."""

    __slots__ = ("_discarded", "_loop", "_timeout", "_timer", "_transport", "_unsent")

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, timeout: float | None = None
    ) -> None:
        """
        Args:
            transport: the TCP connection; the last frame has been given to it.
            loop: its event loop.
            timeout: in seconds; `CLOSE_TIMEOUT` by default.
        """
        self._transport = transport
        self._loop = loop
        self._discarded = 0
        self._timer: asyncio.TimerHandle | None = None
        self.restart(CLOSE_TIMEOUT if timeout is None else timeout)

    def restart(self, timeout: float) -> None:
        """Count the time from now on."""
        self.stop()
        self._timeout = timeout
        self._unsent = self._transport.get_write_buffer_size()
        self._timer = self._loop.call_later(timeout, self._look)

    def half_close(self) -> None:
        """Send nothing any more, and close once the peer has; TLS knows no half-closing: at once."""
        transport = self._transport
        if not transport.can_write_eof():
            transport.close()
            return
        try:
            transport.write_eof()
            with contextlib.suppress(RuntimeError):  # uvloop, where reading was not paused
                transport.resume_reading()
        except (OSError, RuntimeError):  # the peer has gone
            transport.abort()

    def close(self) -> None:
        """Close once what was written has left."""
        self._transport.close()

    def discard(self, size: int) -> None:
        """Note that so many bytes came which nobody reads."""
        self._discarded += size
        if self._discarded > MOST_DISCARDED:
            self._transport.abort()

    def stop(self) -> None:
        """The connection is lost."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        unsent = self._transport.get_write_buffer_size()
        if 0 < unsent < self._unsent:
            self.restart(self._timeout)
        else:
            self._transport.abort()


class EndingTransport(asyncio.Transport):
    """A transport whose `close` is that of `TcpEnd`, for protocols that know nothing of it.

    Attributes:
        inner: the transport that it stands for.
        end: once it closes; nothing is written or read any more.
        is_lost: whether the TCP connection has ended.
    """

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.inner = inner
        self.end: TcpEnd | None = None
        self._loop = loop
        self.is_lost = False

    def close(self) -> None:
        if self.end is None and not self.is_lost:
            self.bound().half_close()

    def bound(self) -> TcpEnd:
        """Take nothing any more: the connection ends, by itself or in `CLOSE_TIMEOUT`."""
        if self.end is None:
            self.end = TcpEnd(self.inner, self._loop)
        return self.end

    def lost(self) -> None:
        """The connection is lost."""
        self.is_lost = True
        if self.end is not None:
            self.end.stop()

    def abort(self) -> None:
        self.inner.abort()

    def write(self, data: Any) -> None:
        if self.end is None:
            self.inner.write(data)

    def is_closing(self) -> bool:
        return self.end is not None or self.inner.is_closing()

    def pause_reading(self) -> None:
        if self.end is None:
            self.inner.pause_reading()

    def resume_reading(self) -> None:
        if self.end is None:
            self.inner.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self.inner.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.inner.get_extra_info(name, default)


class GivenAway(asyncio.Transport):
    """Replaces the transport of a WebSocket that was taken over, which outlives the application's call."""

    def is_closing(self) -> bool:
        return True

    def close(self) -> None:
        """Do nothing: `OpenWebSocket` closes the transport."""

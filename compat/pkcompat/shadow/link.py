"""The serving process's handle to the shadow's process.

Once attached, nothing here waits for that process. Messages that it has not read yet stay in a buffer, and
are refused when that is full.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable
from typing import Any

from pkcompat.child_process import START_TIMEOUT, Child, Unframer, frame
from pkcompat.errors import PkcompatError
from pkcompat.shadow.records import CannotLoad, Load

BUFFER = 8_000_000
"""The size of the buffer, in bytes."""


class ShadowError(PkcompatError):
    """A shadow cannot be run. The message says why."""


class ShadowLink:
    """Starts the process, which starts importing, and exchanges messages with it.

    Args:
        load: the shadow's parties.

    Attributes:
        started: when it was started, by the monotonic clock.
    """

    def __init__(self, load: Load) -> None:
        self.started = time.monotonic()
        self._unframer = Unframer()
        self._waiting: list[bytes] = [frame(load)]
        self._waiting_bytes = len(self._waiting[0])
        self._flushing = False  # whether a flush is scheduled
        self._writer: asyncio.WriteTransport | None = None
        self._reader: asyncio.ReadTransport | None = None
        self._received: Callable[[Any], None] = lambda message: None
        self._ended: Callable[[], None] = lambda: None
        self._child = Child("pkcompat.shadow.process", subprocess.DEVNULL)

    def wait_until_loaded(self) -> None:
        """Wait until the parties are imported; must be called before `attach`.

        Raises:
            ShadowError: they cannot be imported.
        """
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        try:
            self._child.write(b"".join(waiting))
            answer = self._child.receive(START_TIMEOUT)
        except TimeoutError:
            raise ShadowError(f"its module was not imported within {START_TIMEOUT:g} s") from None
        except (EOFError, BrokenPipeError):
            raise ShadowError("the process that runs it ended at its start") from None
        if isinstance(answer, CannotLoad):
            raise ShadowError(answer.message, answer.detail)

    async def attach(self, received: Callable[[Any], None], ended: Callable[[], None]) -> None:
        """Exchange messages on the running event loop.

        Args:
            received: called with the messages of the process.
            ended: called when the process has ended by itself.
        """
        self._received, self._ended = received, ended
        loop = asyncio.get_running_loop()
        self._reader, _ = await loop.connect_read_pipe(lambda: _Incoming(self), self._child.answers)
        self._writer, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, self._child.commands)
        self._flush()

    @property
    def buffered(self) -> int:
        """Bytes that wait for the process."""
        unsent = self._writer.get_write_buffer_size() if self._writer is not None else 0
        return self._waiting_bytes + unsent

    def put(self, message: object, *, always: bool = False) -> bool:
        """Send a message.

        Args:
            message: the message.
            always: send it even if the buffer is full.

        Returns:
            Whether it will be sent.
        """
        data = frame(message)
        if not always and self.buffered + len(data) > BUFFER:
            return False
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if not self._flushing and self._writer is not None:
            self._flushing = True  # one write for all messages of this iteration of the event loop
            asyncio.get_running_loop().call_soon(self._flush)
        return True

    def _flush(self) -> None:
        self._flushing = False
        if self._writer is None or self._writer.is_closing():
            return
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        self._writer.write(b"".join(waiting))

    def feed(self, data: bytes) -> None:
        """Handle data from the process."""
        for message, _ in self._unframer.feed(data):
            self._received(message)

    def lost(self) -> None:
        """Handle the end of the process."""
        self._ended()

    async def wait(self, seconds: float) -> None:
        """Wait until the process has sent its last messages and ended, at most so many seconds."""
        end = asyncio.get_running_loop().create_future()
        self._ended = lambda: None if end.done() else end.set_result(None)
        await asyncio.wait([end], timeout=seconds)

    def kill(self) -> None:
        """Kill the process."""
        self._ended = lambda: None
        if self._reader is not None:
            self._reader.close()
        if self._writer is not None and not self._writer.is_closing():
            self._writer.abort()
        if self._writer is None:  # otherwise the event loop has closed them
            self._child.close_pipes()
        self._child.end()


class _Incoming(asyncio.Protocol):
    def __init__(self, link: ShadowLink) -> None:
        self._link = link

    def data_received(self, data: bytes) -> None:
        self._link.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._link.lost()

"""Writes the frames of WebSockets: those of one turn of the event loop in one write a socket.

The system call of each write is the largest cost of a broadcast. So what is put in a turn is written at its
end, and frames that many sockets get are joined once for all of them.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

logger = logging.getLogger("partyserver")

MOST_JOINED = 65_536
"""Bytes up to which frames are joined: asyncio's high-water mark, past which a peer has to read first."""


class QueueOwner(Protocol):
    """Is told when too much waits."""

    def queue_full(self) -> None:
        """More waits than the mark; called at everything that is put until less does."""


class FrameWriter:
    """Writes one WebSocket's frames, in their order, as fast as the peer takes them."""

    __slots__ = (
        *("_ended", "_loop", "_mark", "_owner", "_pending", "_resumed", "_room", "_shared", "_size"),
        "_transport",
    )

    def __init__(
        self,
        transport: asyncio.WriteTransport,
        loop: asyncio.AbstractEventLoop,
        *,
        paused: bool,
        mark: int = 0,
        owner: QueueOwner | None = None,
    ) -> None:
        """
        Args:
            transport: the TCP connection.
            loop: its event loop.
            paused: whether the transport has called `pause_writing`.
            mark: bytes that may wait while the peer does not read, those in the transport's buffer included;
                0 for any number.
            owner: is told when more do.
        """
        self._transport = transport
        self._loop = loop
        # Set when the transport resumes; None unless it has paused.
        self._resumed: asyncio.Event | None = asyncio.Event() if paused else None
        # Frames that are written at the end of the turn, or when the transport resumes.
        self._pending: list[bytes] | None = None
        self._size = 0  # bytes of what is pending
        self._shared: SharedFrames | None = None  # goes after what is pending
        self._ended = False  # nothing is written any more
        self._mark = mark
        self._owner = owner
        self._room = sys.maxsize  # bytes that may be pending; so many unless the transport has paused
        if paused:
            self._watch()

    @property
    def is_paused(self) -> bool:
        """Whether the peer has to read before it gets more."""
        return self._resumed is not None

    @property
    def waits(self) -> bool:
        """Whether something that was put has not been written."""
        return self._pending is not None or self._shared is not None

    def put(self, frame: bytes) -> None:
        """Write a frame at the end of this turn, or when the peer takes more."""
        if self._ended:
            return
        if self._shared is not None:
            self._shared.part()
        self._size += len(frame)
        if self._pending is None:
            self._loop.call_soon(self._write_pending)  # first, as a handler may be at the end of the stack
            self._pending = [frame]
        else:
            self._pending.append(frame)
        if self._size > self._room:
            self._full()

    def leave_shared(self) -> None:
        """Get no more of the frames that are shared with others; those put so far are kept."""
        if self._shared is not None:
            self._shared.part()

    def write_now(self) -> None:
        """Write what is pending, as far as the peer takes it, without waiting for the turn's end."""
        self.leave_shared()
        self._write_pending()

    def end(self) -> None:
        """Drop what is pending, and whatever is put from now on."""
        self.drop()
        self._ended = True
        self.resume()  # the transport does not do so, and a `drained` or `ready` may wait

    def drop(self) -> None:
        """Drop what is pending."""
        self.leave_shared()
        self._pending, self._size = None, 0

    async def drained(self) -> None:
        """Return once more may be put: at once, unless the peer has to read first or much waits already."""
        while self.waits and (self._resumed is not None or self._waiting_bytes >= MOST_JOINED):
            await self._change()

    async def written(self) -> None:
        """Return once all that was put is with the transport."""
        while self.waits:
            await self._change()

    async def ready(self) -> None:
        """Return once all that was put is with the transport, and the peer can take more."""
        while self.waits or self._resumed is not None:
            await self._change()

    @property
    def unsent(self) -> int:
        """Bytes that were put and that the peer has not taken, those in the transport's buffer included."""
        return self._waiting_bytes + self._transport.get_write_buffer_size()

    @property
    def _waiting_bytes(self) -> int:
        return self._size if self._shared is None else self._size + self._shared.size

    async def _change(self) -> None:
        if self._resumed is not None:
            await self._resumed.wait()
        else:
            await asyncio.sleep(0)  # then the turn has ended

    def pause(self) -> None:
        """The peer does not read as fast as frames are written."""
        if self._resumed is None:
            self._resumed = asyncio.Event()
            self._watch()

    def _watch(self) -> None:
        if self._mark and not self._ended:
            self._room = self._mark - self._transport.get_write_buffer_size()
            if self._size > self._room:
                self._full()

    def _full(self) -> None:
        if self._owner is not None and self.unsent > self._mark:
            self._owner.queue_full()

    def resume(self) -> None:
        """The peer takes more."""
        if self._resumed is not None:
            self._resumed.set()
            self._resumed = None
            self._room = sys.maxsize
            self._write_pending()

    def _write_pending(self) -> None:
        # What is shared leaves with it.
        if self._pending is not None and self._resumed is None and self._shared is None:
            pending, self._pending, self._size = self._pending, None, 0
            self._write(joined(pending))

    def _hand_over(self, frames: Sequence[bytes], size: int) -> None:
        """Take what was shared, to write it by itself."""
        self._shared = None
        self._size += size
        if self._pending is None:
            self._pending = list(frames)
        else:
            self._pending.extend(frames)
        if self._size > self._room:
            self._full()

    def _write(self, pieces: Sequence[bytes]) -> None:
        """Write pieces, as far as the peer takes them; the rest is pending."""
        for number, piece in enumerate(pieces):
            if self._ended:
                return
            if self._resumed is not None:
                self._pending = list(pieces[number:])
                self._size = sum(map(len, self._pending))
                if self._size > self._room:
                    self._full()
                return
            try:
                self._transport.write(piece)
            except Exception:  # other writers of shared frames still have to get them
                logger.exception("a frame could not be written")
                self.end()


class SharedFrames:
    """Frames that several writers write at the end of this turn.

    Attributes:
        size: bytes of what was added.
    """

    __slots__ = ("_closed", "_frames", "_is_open", "_paused", "_writers", "size")

    def __init__(
        self,
        writers: Sequence[FrameWriter],
        loop: asyncio.AbstractEventLoop,
        closed: Callable[[SharedFrames], None],
    ) -> None:
        """
        Args:
            writers: who writes them.
            loop: the event loop of all of them.
            closed: called when nothing may be added any more: the turn has ended, or a writer got a frame of
                its own.
        """
        self._closed = closed
        self._is_open = True
        self._frames: list[bytes] = []
        self.size = 0
        self._paused: list[FrameWriter] | None = None  # those of this turn, once that was asked
        self._writers = writers
        loop.call_soon(self._write)  # first, as a handler may be at the end of the stack
        for writer in writers:
            writer.leave_shared()
            writer._shared = self

    def add(self, frame: bytes) -> None:
        """Have every writer write a frame."""
        self._frames.append(frame)
        self.size += len(frame)

    def part(self) -> None:
        """From now on each writer is on its own; it keeps the frames that were added."""
        for writer in self._writers:
            writer._hand_over(self._frames, self.size)
        self._close()

    async def drained(self) -> None:
        """Return once more may be put into every writer; see `FrameWriter.drained`."""
        if self._is_open and self._paused is None:
            self._paused = [writer for writer in self._writers if writer.is_paused]
        if self._is_open and not self._paused and self.size < MOST_JOINED:
            return
        for writer in self._writers:
            await writer.drained()

    def _write(self) -> None:
        if self._is_open:
            frames, size, pieces = self._frames, self.size, joined(self._frames)
            self._close()
            for writer in self._writers:
                if writer._pending is None:
                    writer._shared = None
                    writer._write(pieces)
                else:
                    writer._hand_over(frames, size)
                    writer._write_pending()
        else:
            for writer in self._writers:
                writer._write_pending()

    def _close(self) -> None:
        self._is_open = False
        self._frames = []
        self._closed(self)


def joined(frames: Iterable[bytes]) -> list[bytes]:
    """Frames joined into as few pieces as may be, none of which grows past `MOST_JOINED` by joining."""
    pieces: list[bytes] = []
    batch: list[bytes] = []
    size = 0
    for frame in frames:
        if batch and size + len(frame) > MOST_JOINED:
            pieces.append(b"".join(batch))
            batch, size = [], 0
        batch.append(frame)
        size += len(frame)
    if batch:
        pieces.append(b"".join(batch))
    return pieces

"""How far into a client's frame the received bytes reach, and what websockets' parser has to read of it."""

from __future__ import annotations

import math

from partyserver.wire.client_frames import frame_length


class FrameProgress:
    """The place in a WebSocket's bytes, by frames.

    Whole messages are read without the parser (`read_messages`). All else goes to the parser, frame by frame,
    so that after each it is known whether the next one can be read without it.
    """

    __slots__ = ("_head", "_missing")

    def __init__(self, *, parser_reads_all: bool = False) -> None:
        """
        Args:
            parser_reads_all: the parser may be inside a frame already, at an unknown place, so it gets
                everything.
        """
        # Bytes that the parser has to get until its frame ends.
        self._missing: float = math.inf if parser_reads_all else 0
        self._head = b""  # the start of a frame, too short to hold its length; not read yet

    @property
    def is_inside_frame(self) -> bool:
        """Whether the next byte belongs to a frame that the parser has begun."""
        return self._missing > 0

    def resume(self, data: bytes) -> bytes:
        """A packet, with what was kept of the last one before it."""
        if self._head:
            data, self._head = self._head + data, b""
        return data

    def take(self, data: bytes, start: int) -> int:
        """Take what the parser reads next.

        Args:
            data: what was received.
            start: where to begin.

        Returns:
            Where that ends, which is at the end of a frame or of the data. It is `start` if a frame begins
            there whose length is not known yet: the bytes are kept until there are more.
        """
        if not self._missing:
            length = frame_length(data, start)
            if length is None:
                self._head = data[start:]
                return start
            self._missing = length
        end = int(min(start + self._missing, len(data)))
        self._missing -= end - start
        return end

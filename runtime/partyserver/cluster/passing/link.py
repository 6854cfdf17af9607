"""A link: one WebSocket between two nodes, over which any number of streams go both ways."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Protocol

import msgspec

from partyserver.cluster.engine import Node
from partyserver.cluster.figures import NodeFigures
from partyserver.cluster.passing.messages import (
    AnyMessage,
    Ask,
    Beat,
    Bye,
    Connect,
    batch,
    decode,
    encode,
)
from partyserver.cluster.passing.pieces import Joiner, cut
from partyserver.exceptions import NotOwnerError

logger = logging.getLogger("partyserver")

BATCH = 256 * 1_024
"""Bytes of messages after which a batch ends, so that one does not wait for all."""

FULL = 1_024 * 1_024
"""Bytes that wait to be sent past which clients are not read whose messages go over the link."""

BEATS = 4
"""So many beats fit into the time for which the other node may be silent."""


class Channel(Protocol):
    """The WebSocket under a link."""

    async def send(self, data: bytes) -> None:
        """Send a message; returns once the peer takes more. Raises where it has gone."""

    async def receive(self) -> bytes | None:
        """The next message; None at the end."""

    async def close(self) -> None:
        """Close it."""


class Stream(ABC):
    """One connection or request that goes over a link."""

    __slots__ = ("id", "link")

    def __init__(self, link: Link, number: int) -> None:
        self.link = link
        self.id = number

    @abstractmethod
    def got(self, message: AnyMessage) -> None:
        """Take a message of this stream."""

    @abstractmethod
    def lost(self, *, delivered: bool) -> None:
        """The link has ended.

        Args:
            delivered: whether the other node may have got anything of the stream.
        """


class Pausable(Protocol):
    """Whose client is not read while the link is full."""

    def link_is_free(self) -> None:
        """The link takes more."""


class Ends(Protocol):
    """What is above a link."""

    def opened(self, link: Link, message: Connect | Ask) -> None:
        """The other node has opened a stream."""

    def link_ended(self, link: Link) -> None:
        """The link has ended, and all its streams."""


class Link:
    """One link, after both nodes have proved what they are.

    Attributes:
        peer: the other node.
        streams: those that are open, by number.
        is_usable: whether streams may be opened.
        figures: those of this node.
    """

    def __init__(
        self,
        channel: Channel,
        peer: Node,
        ends: Ends,
        *,
        dialed: bool,
        silence: float,
        idle: float,
        figures: NodeFigures | None = None,
    ) -> None:
        """
        Args:
            channel: the WebSocket.
            peer: the other node.
            ends: what is above it.
            dialed: whether this node has dialed; it gives its streams odd numbers, the other one even ones.
            silence: seconds after which a node that says nothing is taken for dead.
            idle: seconds without a stream after which the link ends.
            figures: see the attribute.
        """
        self.peer = peer
        self.figures = figures or NodeFigures()
        self.streams: dict[int, Stream] = {}
        self.is_usable = True
        self._channel = channel
        self._ends = ends
        self._dialed = dialed
        self._silence = silence
        self._idle_beats = max(1, round(idle / silence * BEATS))
        self._next = 1 if dialed else 2
        self._pending: list[bytes] = []
        self._size = 0
        self._unsent: set[int] = set()  # streams whose first message is pending
        self._writer: asyncio.Task[None] | None = None
        self._joiner = Joiner()
        self._heard = True
        self._silent = 0  # beats without a word of the other node
        self._idle = 0  # beats without a stream
        self._said_bye = False
        self._has_ended = False
        self._waiting: set[Pausable] = set()
        self._reader: asyncio.Task[None] | None = None
        self._beat: asyncio.TimerHandle | None = None

    # Sending

    @property
    def is_full(self) -> bool:
        """Whether so much waits that nobody should be read whose messages add to it."""
        return self._size > FULL

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait to be sent."""
        return self._size

    def wait(self, who: Pausable) -> None:
        """Be told when the link is free again."""
        self._waiting.add(who)

    def forget(self, stream: Stream) -> None:
        """A stream has ended."""
        self.streams.pop(stream.id, None)

    def number(self) -> int:
        """The number of a new stream."""
        number = self._next
        self._next += 2
        return number

    def open(self, stream: Stream, message: Connect | Ask) -> None:
        """Open a stream with its first message.

        Raises:
            NotOwnerError: the link has ended.
        """
        if not self.is_usable:
            raise NotOwnerError(f"the link to node {self.peer.id} has ended")
        self.send(message)
        self.streams[stream.id] = stream
        self._unsent.add(stream.id)

    def send(self, message: AnyMessage) -> None:
        """Send a message; those of one turn of the event loop leave together.

        Raises:
            UnicodeEncodeError: a text holds half of a surrogate pair.
        """
        if self._has_ended:
            return
        data = encode(message)
        self._pending.append(data)
        self._size += len(data)
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._pending and not self._has_ended:
                data = self._take_batch()
                self._unsent.clear()
                for piece in cut(data):
                    await self._channel.send(piece)
                    self._size = max(0, self._size - len(piece) + 1)
                if not self._pending:
                    self._size = 0
                if self._waiting and self._size <= FULL // 2:
                    self._free()
        except Exception as error:
            logger.debug("link to node %d: %r", self.peer.id, error)
            self.end("it cannot be written to")
        finally:
            self._writer = None

    def _take_batch(self) -> bytes:
        size = count = 0
        for each in self._pending:
            size += len(each)
            count += 1
            if size >= BATCH:
                break
        if count == len(self._pending):
            messages, self._pending = self._pending, []
        else:
            messages, self._pending = self._pending[:count], self._pending[count:]
        return batch(messages, count)

    def _free(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for each in waiting:
            each.link_is_free()

    # Receiving

    def start(self) -> None:
        """Begin to read, and to beat."""
        loop = asyncio.get_running_loop()
        self._reader = loop.create_task(self._read())
        self._beat = loop.call_later(self._silence / BEATS, self._look)

    async def wait_for_end(self) -> None:
        """Return when the link has ended."""
        if self._reader is not None:
            await asyncio.wait([self._reader])

    async def _read(self) -> None:
        why = "the other node has closed it"
        try:
            while (data := await self._channel.receive()) is not None:
                self.receive(data)
                if self._has_ended:
                    return
        except (msgspec.MsgspecError, ValueError) as error:
            why = f"what came over it cannot be read: {error}"
            logger.error("the link to node %d at %s ends: %s", self.peer.id, self.peer.address, why)
        except Exception as error:
            why = f"it broke ({error or type(error).__name__})"
        finally:
            self.end(why)
            await self._channel.close()

    def receive(self, piece: bytes) -> None:
        """Take a WebSocket message.

        Raises:
            msgspec.MsgspecError: it cannot be read.
            ValueError: the same.
        """
        self._heard = True
        data = self._joiner.add(piece)
        if data is None:
            return
        for message in decode(data):
            try:
                self._dispatch(message)
            except Exception:
                logger.exception("a message of node %d cannot be handled", self.peer.id)

    def _dispatch(self, message: AnyMessage) -> None:
        stream = self.streams.get(message.id)
        if stream is not None:
            stream.got(message)
        elif isinstance(message, Connect | Ask):
            if self._said_bye:
                self._said_bye, self.is_usable = False, True
            self._idle = 0
            self._ends.opened(self, message)
        elif isinstance(message, Beat):
            pass  # those whom it was for have gone
        elif isinstance(message, Bye):
            self._got_bye()

    # The end

    def _look(self) -> None:
        """The next beat. A node that was itself held up does not take that for the other's silence: the beats
        are counted, not the seconds."""
        if self._has_ended:
            return
        self._silent = 0 if self._heard else self._silent + 1
        self._heard = False
        if self._silent >= BEATS:
            self.end(f"nothing was heard of it for {self._silence:g} s")
            return
        self._idle = 0 if self.streams else self._idle + 1
        if self._idle >= self._idle_beats and self._dialed and not self._said_bye:
            self._said_bye, self.is_usable = True, False
            self.send(Bye(0))
        self.send(Beat(0))
        self._beat = asyncio.get_running_loop().call_later(self._silence / BEATS, self._look)

    def _got_bye(self) -> None:
        if self._dialed:
            if self._said_bye and not self.streams:
                self.end("")
        elif not self.streams and not self._unsent:
            self.is_usable = False
            self.send(Bye(0))

    def end(self, why: str) -> None:
        """End the link, and with it all streams.

        Args:
            why: for the log; empty where that is as it should be.
        """
        if self._has_ended:
            return
        self._has_ended = True
        self.is_usable = False
        if why and self.streams:
            logger.warning(
                "the link to node %d at %s has ended, and with it %d streams: %s",
                self.peer.id,
                self.peer.address,
                len(self.streams),
                why,
            )
        if self._beat is not None:
            self._beat.cancel()
        streams, self.streams = self.streams, {}
        unsent, self._unsent = self._unsent, set()
        self._pending.clear()
        self._free()
        for stream in streams.values():
            try:
                stream.lost(delivered=stream.id not in unsent)
            except Exception:
                logger.exception("a stream of node %d cannot be ended", self.peer.id)
        self._ends.link_ended(self)
        current = asyncio.current_task() if self._reader is not None else None
        if self._reader is not None and self._reader is not current:
            self._reader.cancel()

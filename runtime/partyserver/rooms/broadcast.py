"""Sends a message to many connections of a room, as one frame that is encoded once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Generator
from typing import Any, Protocol

from partyserver.connection import Connection
from partyserver.figures import PartyFigures
from partyserver.rooms.connection_table import ConnectionTable
from partyserver.sockets import ReadyState
from partyserver.storage import CommitGate
from partyserver.wire import Data, FrameWriter, SharedFrames, encode_frame


class Audience(Protocol):
    """Those of a room's connections that another node carries, to which it sends a broadcast by itself."""

    def broadcast(self, message: Data, receivers: Collection[Any]) -> None:
        """Send a message to some of them.

        Args:
            message: the message.
            receivers: their transports.
        """

    async def drain(self) -> None:
        """Return once they can take more."""


Elsewhere = dict[Audience, list[Any]]
"""Audiences, each with the transports of those who are to get a message."""


class FanOut:
    """Sends messages to a room's connections.

    The receivers of a message are looked up once; further messages of the same turn to the same receivers
    cost one entry in a list, however many receivers there are.
    """

    __slots__ = ("_connections", "_figures", "_gate", "_receivers")

    def __init__(self, connections: ConnectionTable, gate: CommitGate, figures: PartyFigures) -> None:
        """
        Args:
            connections: the room's.
            gate: tells what has to be committed before a message leaves (the output gate).
            figures: those of the party.
        """
        self._connections = connections
        self._figures = figures
        self._gate = gate
        self._receivers: Receivers | None = None  # of the last message, while its turn lasts

    def send(self, message: Data, without: Collection[str]) -> Receivers:
        """Send a message to every open connection but those of some ids.

        Returns:
            Something that may be awaited, and then waits until every peer can take more.
        """
        left_out = frozenset(without)
        receivers = self._receivers
        if (
            receivers is None
            or receivers.left_out != left_out
            or receivers.version != self._connections.version
            or self._gate.pending is not None
        ):
            receivers = self._find(left_out)
        self._figures.messages_sent += receivers.counted
        receivers.send(message)
        return receivers

    def _find(self, left_out: frozenset[str]) -> Receivers:
        gated = self._gate.pending is not None
        is_open = ReadyState.OPEN  # until Python 3.12 an enum's members are slow to look up
        writers: list[FrameWriter] = []
        others: list[Connection] = []
        elsewhere: Elsewhere | None = None
        for connection in self._connections.all():
            if connection.ready_state is is_open and connection.id not in left_out:
                writer = None if gated else connection._transport.frames
                if writer is not None:
                    writers.append(writer)
                elif (audience := getattr(connection._transport, "audience", None)) is not None:
                    if elsewhere is None:
                        elsewhere = {}
                    elsewhere.setdefault(audience, []).append(connection._transport)
                else:
                    others.append(connection)
        version = self._connections.version
        counted = len(writers) + (0 if elsewhere is None else sum(map(len, elsewhere.values())))
        if not writers and (elsewhere is None or gated):
            return Receivers(left_out, version, None, others, elsewhere, counted)
        # without writers they still tell when the turn is over
        frames = SharedFrames(writers, asyncio.get_running_loop(), self._forget)
        self._receivers = Receivers(left_out, version, frames, others, elsewhere, counted)
        return self._receivers

    def _forget(self, frames: SharedFrames) -> None:
        """The turn is over, or one of the receivers was sent something else."""
        if self._receivers is not None and self._receivers.frames is frames:
            self._receivers = None


class Receivers:
    """The receivers of messages; awaiting it waits until each of them can take more.

    Attributes:
        left_out: ids of connections that get nothing.
        version: the version of the connection table at that time.
        frames: the frames for all whose socket takes frames now, if there are any.
        counted: how many they are but for those that count what they are sent by themselves.
    """

    __slots__ = ("_elsewhere", "_others", "counted", "frames", "left_out", "version")

    def __init__(
        self,
        left_out: frozenset[str],
        version: int,
        frames: SharedFrames | None,
        others: list[Connection],
        elsewhere: Elsewhere | None,
        counted: int,
    ) -> None:
        """
        Args:
            left_out, version, frames, counted: see the attributes.
            others: connections that are sent each message one by one.
            elsewhere: those that other nodes carry.
        """
        self.left_out = left_out
        self.version = version
        self.frames = frames
        self.counted = counted
        self._others = others
        self._elsewhere = elsewhere

    def send(self, message: Data) -> None:
        """Send a message to each."""
        if self.frames is not None:
            self.frames.add(encode_frame(message))
        for connection in self._others:
            if connection.ready_state is ReadyState.OPEN:
                connection.send(message)
        if self._elsewhere is not None:
            for audience, receivers in self._elsewhere.items():
                audience.broadcast(message, receivers)

    def __await__(self) -> Generator[Any, Any, None]:
        if self.frames is not None:
            yield from self.frames.drained().__await__()
        for connection in self._others:
            yield from connection._drained.__await__()
        if self._elsewhere is not None:
            for audience in self._elsewhere:
                yield from audience.drain().__await__()

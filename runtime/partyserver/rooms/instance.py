"""The instance that serves a room: made when the first event needs it, lost with a commit that fails."""

from __future__ import annotations

import asyncio
import hashlib
from time import perf_counter

from partyserver.connection import Connection
from partyserver.exceptions import NotOwnerError, StartError
from partyserver.handler_calls import contained, settled
from partyserver.handler_frames import Handler, runs_handler
from partyserver.rooms.broadcast import FanOut
from partyserver.rooms.connection_table import ConnectionsById, ConnectionTable, HibernatingConnections
from partyserver.rooms.party_server import PartyServer
from partyserver.rooms.room import Room
from partyserver.rooms.services import Services
from partyserver.rooms.tap import RoomTap
from partyserver.storage import STORAGE_FAILED, Changes, InputGate, RoomCommits, RoomStore, Storage


class RoomInstance:
    """The instance of a room while there is one, and what outlives it: the connections and the gate.

    Attributes:
        server_class: the party.
        party_name: the party's name on its host.
        room_id: the room's id, percent-encoded.
        server: the instance, once `on_start` is done; None while nothing serves the room.
        hibernates: whether connections outlive the instance; known from the first start on.
        gate: lets the room's events in, in order.
        commits: the commits of what its handlers write.
        tap: what follows the instance there is, if anything does.
        figures: those of the party.
        is_lost: whether the room is another process's, so that no instance may start.
    """

    def __init__(
        self, server_class: type[PartyServer], party_name: str, room_id: str, services: Services
    ) -> None:
        self.server_class = server_class
        self.party_name = party_name
        self.room_id = room_id
        self.server: PartyServer | None = None
        self.hibernates = False
        self.gate = InputGate()
        self._commit_gate = services.storage.gate(party_name, room_id)
        self.commits = RoomCommits(self._commit_gate, self._storage_lost)
        self.tap: RoomTap | None = None
        self.is_lost = False
        self.figures = services.figures.party(party_name)
        self._services = services
        self._connections: ConnectionTable | None = None  # its kind is that of the first start
        self._is_asleep = False  # whether there are connections whose instance was dropped
        self._starting: asyncio.Task[PartyServer] | None = None  # shared by the events that wait for it

    @property
    def connections(self) -> ConnectionTable:
        """The room's connections."""
        if self._connections is None:
            self._connections = HibernatingConnections() if self.hibernates else ConnectionsById()
        return self._connections

    @property
    def sockets(self) -> list[Connection]:
        """Every connection whose socket has not ended."""
        return self._connections.sockets() if self._connections else []

    @property
    def socket_count(self) -> int:
        """How many `sockets` there are."""
        return len(self._connections) if self._connections is not None else 0

    @property
    def is_starting(self) -> bool:
        """Whether an instance is being made."""
        return self._starting is not None

    async def awake(self) -> PartyServer:
        """The instance, made if there is none.

        Raises:
            StartError: `on_start` raised; the next event tries again.
            NotOwnerError: the room is another process's.
        """
        if self.is_lost:
            raise NotOwnerError(f"{self.party_name}/{self.room_id} has moved")
        if self._starting is None:
            self._starting = asyncio.get_running_loop().create_task(self._start())
        try:
            # Shielded, as one of the events that wait may be cancelled.
            return await asyncio.shield(self._starting)
        except NotOwnerError:
            raise
        except Exception as error:
            raise StartError(error) from error

    def drop(self) -> None:
        """Have no instance any more; the connections stay, without what handlers attached to them."""
        connections = self.sockets
        if connections and self.server is not None:
            self._is_asleep = True
            self.figures.hibernations += 1
        self.server = None
        for connection in connections:
            connection._forget_instance()
        if self.tap is not None:
            self.tap.rests(gone=not connections)
            if not connections:
                self.tap = None

    def lose(self, code: int, reason: str) -> None:
        """The room is another process's from now on.

        Args:
            code: with which its connections close.
            reason: of the close.
        """
        self.is_lost = True
        self.server = None
        self._end_tap("the room has moved")
        for connection in self.sockets:
            connection._fail(code, reason)

    @runs_handler(lambda local: Handler("on_start", local["self"].party_name, local["self"].room_id))
    async def _start(self) -> PartyServer:
        begun = perf_counter() if self.figures.is_timed else 0.0
        try:
            store = self._services.storage.room(self.party_name, self.room_id)
            self._attach_tap(store)
            storage = Storage(store, self.gate, self._storage_changed)
            if self._connections is None:
                self.hibernates = self.server_class.options.hibernate
            room = Room(
                room_id=self.room_id,
                internal_id=_internal_id(self.party_name, self.room_id),
                party_name=self.party_name,
                env=self._services.env,
                storage=storage,
                context=self._services.room_context,
                connections=self.connections,
                fan_out=FanOut(self.connections, self._commit_gate, self.figures),
                gate=self.gate,
            )
            with self.gate.handler(), contained:
                server = self.server_class(room)
                with self.commits.watched():
                    await settled(server.on_start())
                    await self.commits.settled()
            if self.is_lost:
                raise NotOwnerError(f"{self.party_name}/{self.room_id} has moved")
            self.server = server
            self.figures.wakings += self._is_asleep
            self._is_asleep = False
            return server
        except BaseException as error:
            self._end_tap("on_start failed")
            self.figures.failed("on_start", error)
            raise
        finally:
            if begun:
                self.figures.ran("on_start", begun)
            self._starting = None

    def _attach_tap(self, store: RoomStore) -> None:
        """Attach a tap to a new instance, if one is wanted and there are no connections: it could not know
        what they were sent before."""
        if self._services.room_starts is not None and not self.sockets:
            self.tap = self._services.room_starts(self.party_name, self.room_id, store)

    def _end_tap(self, why: str) -> None:
        tap, self.tap = self.tap, None
        if tap is not None:
            tap.ends(why)

    def _storage_changed(self, changes: Changes) -> None:
        if changes.alarm != "keep":
            self._services.alarm_changed(self.party_name, self.room_id)
        self.commits.wrote()

    def _storage_lost(self) -> None:
        """A commit failed: neither the sockets nor the instance may go on from what was not stored."""
        if self.is_lost:
            return
        self.server = None
        self._end_tap("storage failed")
        for connection in self.sockets:
            connection._fail(*STORAGE_FAILED)
        self._services.alarm_changed(self.party_name, self.room_id)


def _internal_id(party: str, room_id: str) -> str:
    return hashlib.sha256(f"{party}/{room_id}".encode()).hexdigest()

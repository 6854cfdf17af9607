"""Finds the node that owns a room, and has this one own rooms that nobody does."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from starlette.exceptions import HTTPException

from partyserver.background import BackgroundTasks
from partyserver.cluster.engine import ClusterEngine, Node, Ownership
from partyserver.cluster.membership import Membership
from partyserver.cluster.storage import ClusterStorage
from partyserver.exceptions import NotANodeError, NotOwnerError, StartError
from partyserver.rooms import ReachableRoom, RoomRunner
from partyserver.storage import RoomKey

logger = logging.getLogger("partyserver")

WHOLE_ROOM = 8 * 1_024 * 1_024
"""Bytes of keys and values up to which a room is loaded as a whole when it is taken."""

MOST_KNOWN = 100_000
"""How many rooms' owners are kept in mind."""


class Elsewhere(Protocol):
    """Reaches rooms of other nodes."""

    def room(self, owner: Node, room: RoomKey) -> ReachableRoom:
        """A room of another node."""


class Directory:
    """Which node owns which room.

    Attributes:
        is_closed: whether this node takes no more rooms, for it stops.
    """

    def __init__(
        self,
        engine: ClusterEngine,
        membership: Membership,
        storage: ClusterStorage,
        tasks: BackgroundTasks,
        open_room: Callable[[RoomKey], RoomRunner],
        is_open: Callable[[RoomKey], bool],
        taken: Callable[[RoomKey], None],
    ) -> None:
        """
        Args:
            engine: the database.
            membership: this node.
            storage: gets what a room holds when it is taken.
            tasks: runs what nothing waits for.
            open_room: returns a room of this node.
            is_open: whether something of it is in memory.
            taken: called when a room has become this node's.
        """
        self.is_closed = False
        self._engine = engine
        self._membership = membership
        self._storage = storage
        self._tasks = tasks
        self._open_room = open_room
        self._is_open = is_open
        self._taken = taken
        self._claiming: dict[RoomKey, asyncio.Task[Node | None]] = {}
        self._owners: OrderedDict[RoomKey, Node] = OrderedDict()  # of rooms of other nodes, as last heard
        self.elsewhere: Elsewhere | None = None

    def here(self, room: RoomKey) -> RoomRunner | None:
        """A room that is this node's already; None where it is not, or the lease has run out."""
        if self._storage.held(room) is None or not self._membership.lease.is_good:
            return None
        return self._open_room(room)

    async def find(self, room: RoomKey) -> ReachableRoom:
        """A room, wherever it is; where nobody owns it, this node does from now on.

        Raises:
            StartError: a 503: this node owns no rooms at the moment.
            NotOwnerError: the owner cannot be reached.
        """
        if (here := self.here(room)) is not None:
            return here
        owner = self._owners.get(room) or await self.claim(room)
        if owner is None:
            return self._open_room(room)
        if self.elsewhere is None:
            raise NotOwnerError(f"{'/'.join(room)} is at {owner.address}")
        return self.elsewhere.room(owner, room)

    async def owned(self, room: RoomKey) -> RoomRunner:
        """A room of this node.

        Raises:
            NotOwnerError: it is none.
        """
        if (claiming := self._claiming.get(room)) is not None:
            await asyncio.wait([claiming])
        if (here := self.here(room)) is None:
            raise NotOwnerError(f"{'/'.join(room)} is not here")
        return here

    def forget(self, room: RoomKey) -> None:
        """The node that was taken for the owner of a room is not."""
        self._owners.pop(room, None)

    async def claim(self, room: RoomKey) -> Node | None:
        """Own a room, if nobody else does; returns the node that does, None if it is this one now.

        Raises:
            StartError: a 503: this node owns no rooms at the moment.
        """
        claiming = self._claiming.get(room)
        if claiming is None:
            claiming = self._claiming[room] = self._tasks.start(self._claim(room))
            claiming.add_done_callback(lambda _: self._claiming.pop(room, None))
            claiming.add_done_callback(_retrieve)
        return await asyncio.shield(claiming)

    async def _claim(self, room: RoomKey) -> Node | None:
        if self.is_closed:
            raise unavailable("this node is about to stop")
        try:
            node = self._membership.node
            claimed = await self._engine.claim(room, node)
            if isinstance(claimed, Node):
                self._remember(room, claimed)
                return claimed
            await self._take(room, node, claimed)
        except NotANodeError as error:
            raise unavailable(str(error)) from error
        return None

    async def _take(self, room: RoomKey, node: Node, ownership: Ownership) -> None:
        try:
            data = await self._engine.load(room, WHOLE_ROOM)
            if self._membership.node is not node:
                raise NotANodeError("the lease has run out meanwhile")
        except BaseException:
            self._tasks.start(self._engine.release(room, ownership))
            raise
        self._owners.pop(room, None)
        self._storage.take(room, ownership, data)
        self._taken(room)

    def _remember(self, room: RoomKey, owner: Node) -> None:
        self._owners[room] = owner
        self._owners.move_to_end(room)
        if len(self._owners) > MOST_KNOWN:
            self._owners.popitem(last=False)

    def let_go(self, room: RoomKey) -> None:
        """Own a room no more, of which nothing is in memory."""
        if self._storage.held(room) is not None:
            self._tasks.start(self._release(room))

    async def _release(self, room: RoomKey) -> None:
        await self._storage.committed(room)
        if self._is_open(room):
            return  # an event came meanwhile
        ownership = self._storage.give_up(room)
        self._taken(room)  # its alarm is no longer this node's to ring
        if ownership is not None:
            await self._engine.release(room, ownership)


def unavailable(why: str) -> StartError:
    """The room cannot be served now, but soon: a 503 that says when to try again."""
    detail = f"The room cannot be served now: {why}."
    return StartError(HTTPException(503, detail, headers={"Retry-After": "1"}))


def _retrieve(task: asyncio.Task[Node | None]) -> None:
    if not task.cancelled():
        task.exception()  # whoever waits gets it; nobody may

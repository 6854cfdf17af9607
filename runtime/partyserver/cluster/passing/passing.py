"""`Passing`: how a node passes on what is for rooms of other nodes, and takes what they pass on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from partyserver.background import BackgroundTasks
from partyserver.cluster.engine import Node
from partyserver.cluster.figures import NodeFigures
from partyserver.cluster.passing.dialing import PATH, UnreachableError, accept, dial
from partyserver.cluster.passing.entry_requests import EntryExchange
from partyserver.cluster.passing.entry_sockets import EntrySocket
from partyserver.cluster.passing.link import Channel, Link
from partyserver.cluster.passing.messages import Ask, Connect
from partyserver.cluster.passing.owned_rooms import OwnedRooms, Owner
from partyserver.cluster.passing.proof import Secret
from partyserver.cluster.passing.scopes import packed
from partyserver.connection import Connection
from partyserver.exceptions import NotOwnerError
from partyserver.paths import full_raw_path
from partyserver.responses import ErrorAnswers
from partyserver.rooms import ConnectedRoom, ReachableRoom
from partyserver.storage import CommitGate, RoomKey

logger = logging.getLogger("partyserver")

IDLE = 60.0
"""Seconds without anything to pass on after which a link ends."""


REPORT_EVERY = 10.0
"""Seconds between two lines of the log that say that the same node cannot be reached."""


class Gates(Protocol):
    """The storage of this node's rooms."""

    def gate(self, party: str, room_id: str) -> CommitGate:
        """What has to be committed before something of a room leaves."""


class Passing:
    """The links of one node.

    Attributes:
        node: this node; None while it is none.
        figures: what it counts.
    """

    def __init__(
        self,
        rooms: OwnedRooms,
        gates: Gates,
        answers: ErrorAnswers,
        tasks: BackgroundTasks,
        secret: str,
        *,
        silence: float = 3.0,
        idle: float = IDLE,
        surroundings: Mapping[str, Any] | None = None,
        figures: NodeFigures | None = None,
    ) -> None:
        """
        Args:
            rooms: those of this node.
            gates: the rooms' storage.
            answers: makes the answers to errors of handlers.
            tasks: runs what is passed on to this node.
            secret: what the nodes prove to each other with.
            silence: seconds after which a node that is not heard is taken for dead: those of a lease.
            idle: seconds without anything to pass on after which a link ends.
            surroundings: what this host adds to the ASGI scopes of what was passed on, such as `app`.
            figures: see the attribute.
        """
        self.figures = figures or NodeFigures()
        self.node: Node | None = None
        self._owner = Owner(rooms, gates.gate, answers, tasks, surroundings or {})
        self._tasks = tasks
        self._secret = Secret(secret)
        self._silence = silence
        self._idle = idle
        self._links: dict[int, Link] = {}  # the one over which to reach a node
        self._all: set[Link] = set()
        self._dialing: dict[int, asyncio.Task[Link]] = {}
        self._reported: dict[int, float] = {}  # when it was logged that a node cannot be reached

    def know(self, secret: str) -> None:
        """Prove to other nodes that this one knows another secret than it was made with."""
        self._secret = Secret(secret)

    def joined(self, node: Node | None) -> None:
        """This process is a node from now on, or (None) no more."""
        if node != self.node:
            self.node = node
            for link in list(self._all):  # whoever has it knows us under the old number
                link.end(
                    "this node has joined the cluster anew" if node else "this node has left the cluster"
                )

    def room(self, owner: Node, room: RoomKey) -> ReachableRoom:
        """A room of another node."""
        return RemoteRoom(self, owner, room, self._tasks)

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait to be sent to other nodes."""
        return sum(link.queued_bytes for link in self._all)

    def passed_on(self) -> Iterator[tuple[str, Connection]]:
        """The party and the connection of each client of this node whose room is another's."""
        for link in list(self._all):
            for stream in list(link.streams.values()):
                if isinstance(stream, EntrySocket):
                    yield stream.party_name, stream.connection

    @staticmethod
    def is_for_nodes(scope: Scope) -> bool:
        """Whether a request is for `serve`, by its path."""
        return full_raw_path(scope) == PATH

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a link from another node, until it ends; ASGI."""
        accepted = await accept(scope, receive, send, self.node, self._secret, self._silence)
        if accepted is not None:
            peer, channel = accepted
            link = self._start(channel, peer, dialed=False)
            try:
                await link.wait_for_end()
            finally:
                link.end("this node stops")

    async def reach_itself(self) -> None:
        """Dial the address that this node advertises, as others do.

        Raises:
            UnreachableError: nobody answers there, or no node of the cluster.
            NotOwnerError: another node does.
        """
        if self.node is not None:
            channel = await dial(self.node, self.node, self._secret, self._silence)
            await channel.close()

    async def link_to(self, node: Node) -> Link:
        """A link to a node, dialed if there is none.

        Raises:
            NotOwnerError: it cannot be reached.
        """
        link = self._links.get(node.id)
        if link is not None and link.is_usable:
            return link
        dialing = self._dialing.get(node.id)
        if dialing is None:
            dialing = self._dialing[node.id] = asyncio.get_running_loop().create_task(self._dial(node))
            dialing.add_done_callback(lambda done: self._dialed(node, done))
        return await asyncio.shield(dialing)

    def _dialed(self, node: Node, done: asyncio.Task[Link]) -> None:
        self._dialing.pop(node.id, None)
        if not done.cancelled():
            done.exception()  # whoever waits gets it

    async def _dial(self, node: Node) -> Link:
        if self.node is None:
            raise NotOwnerError("this process is no node of the cluster")
        try:
            channel = await dial(node, self.node, self._secret, self._silence)
        except UnreachableError as error:
            self._report(node, error)
            raise
        self._reported.pop(node.id, None)
        return self._start(channel, node, dialed=True)

    def _report(self, node: Node, error: UnreachableError) -> None:
        """Log it, unless that was done a moment ago: whoever waits for a room tries again and again."""
        now = asyncio.get_running_loop().time()
        if now - self._reported.get(node.id, -REPORT_EVERY) >= REPORT_EVERY:
            self._reported[node.id] = now
            logger.error("%s", error)

    def _start(self, channel: Channel, peer: Node, *, dialed: bool) -> Link:
        link = Link(
            channel,
            peer,
            self,
            dialed=dialed,
            silence=self._silence,
            idle=self._idle,
            figures=self.figures,
        )
        self._all.add(link)
        known = self._links.get(peer.id)
        if known is None or not known.is_usable:
            self._links[peer.id] = link
        link.start()
        return link

    # Ends

    def opened(self, link: Link, message: Connect | Ask) -> None:
        """See `Ends.opened`."""
        self._owner.opened(link, message)

    def link_ended(self, link: Link) -> None:
        """See `Ends.link_ended`."""
        self._all.discard(link)
        self._owner.link_ended(link)
        if self._links.get(link.peer.id) is link:
            del self._links[link.peer.id]

    # The end

    async def close_rooms(self, code: int, reason: str) -> None:
        """Close all connections that others passed on to this node's rooms."""
        self._owner.close_all(code, reason)

    async def close(self) -> None:
        """End all links; until this process joins again there are no more."""
        self.node = None
        for dialing in list(self._dialing.values()):
            dialing.cancel()
        for link in list(self._all):
            link.end("this node stops")
        await asyncio.sleep(0)


class RemoteRoom:
    """A room of another node."""

    __slots__ = ("_owner", "_passing", "_tasks", "party_name", "room_id")

    def __init__(self, passing: Passing, owner: Node, room: RoomKey, tasks: BackgroundTasks) -> None:
        self.party_name, self.room_id = room
        self._passing = passing
        self._owner = owner
        self._tasks = tasks

    async def request(self, request: Request) -> Response:
        """See `RoomRunner.request`.

        Raises:
            NotOwnerError: the other node is not the owner, or cannot be reached; nothing has happened.
            StartError: it went away meanwhile, and what has happened is not known.
        """
        link = await self._passing.link_to(self._owner)
        self._passing.figures.requests_to_owners += 1
        exchange = EntryExchange(link, link.number(), self._tasks)
        link.open(exchange, Ask(exchange.id, self.party_name, self.room_id, packed(request.scope)))
        return await exchange.answer(request)

    async def connect(self, connection: Connection, request: Request) -> ConnectedRoom:
        """See `RoomRunner.connect`.

        Raises:
            NotOwnerError: the other node is not the owner, or cannot be reached; nothing has happened.
            StartError: the handshake is to be refused.
            AnsweredError: the connection is to be closed.
            RoomLostError: the room became another node's while `on_connect` ran.
        """
        link = await self._passing.link_to(self._owner)
        socket = EntrySocket(link, self, connection, self._tasks)
        message = Connect(
            socket.id, self.party_name, self.room_id, connection.id, connection.uri, packed(request.scope)
        )
        link.open(socket, message)
        return await socket.answered()

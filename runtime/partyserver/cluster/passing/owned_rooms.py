"""This node's rooms, for what other nodes pass on to them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from partyserver.background import BackgroundTasks
from partyserver.cluster.passing.link import Link
from partyserver.cluster.passing.messages import Ask, Connect, NotMine, Refused, Rejected
from partyserver.cluster.passing.owned_requests import OwnedExchange
from partyserver.cluster.passing.owned_sockets import OwnedAudience, OwnedSocket
from partyserver.cluster.passing.scopes import unpacked
from partyserver.connection import Connection
from partyserver.exceptions import NotANodeError, NotOwnerError, RoomFullError, StartError
from partyserver.paths import full_raw_path
from partyserver.responses import ErrorAnswers, log_failure
from partyserver.rooms import Rejection, RoomRunner, admit, respond
from partyserver.storage import CommitGate, RoomKey, send_response, until_committed

logger = logging.getLogger("partyserver")


class OwnedRooms(Protocol):
    """The rooms of this node."""

    async def owned(self, room: RoomKey) -> RoomRunner:
        """A room of this node.

        Raises:
            NotOwnerError: it is none.
        """


class Owner:
    """Opens the streams of other nodes' clients."""

    def __init__(
        self,
        rooms: OwnedRooms,
        gate: Callable[[str, str], CommitGate],
        answers: ErrorAnswers,
        tasks: BackgroundTasks,
        surroundings: Mapping[str, Any],
    ) -> None:
        self._rooms = rooms
        self._gate = gate
        self._answers = answers
        self._tasks = tasks
        self._surroundings = surroundings
        self._audiences: dict[Link, dict[RoomKey, OwnedAudience]] = {}

    def opened(self, link: Link, message: Connect | Ask) -> None:
        """Another node has opened a stream."""
        scope = unpacked(message.scope, self._surroundings)
        if isinstance(message, Ask):
            exchange = OwnedExchange(link, message.id, scope)
            request = Request(scope, exchange.receive)
            self._tasks.start(self._answer(exchange, (message.party, message.room_id), request))
        else:
            room = (message.party, message.room_id)
            socket = OwnedSocket(link, message.id, self._audience(link, room))
            connection = Connection(message.connection_id, message.uri, socket)
            connection._flow = socket
            socket.connection = connection
            self._tasks.start(self._connect(socket, connection, room, Request(scope)))

    def _audience(self, link: Link, room: RoomKey) -> OwnedAudience:
        audiences = self._audiences.setdefault(link, {})
        audience = audiences.get(room)
        if audience is None:
            gate = self._gate(*room)
            audience = audiences[room] = OwnedAudience(link, gate, lambda: self._emptied(link, room))
        return audience

    def _emptied(self, link: Link, room: RoomKey) -> None:
        self._audiences.get(link, {}).pop(room, None)

    def link_ended(self, link: Link) -> None:
        """A link has ended, and its streams know."""
        self._audiences.pop(link, None)

    async def _connect(
        self, socket: OwnedSocket, connection: Connection, room: RoomKey, request: Request
    ) -> None:
        refusal: NotMine | Refused | Rejected
        try:
            admitted = await admit(await self._rooms.owned(room), connection, request, self._answers)
        except (NotOwnerError, NotANodeError):
            refusal = NotMine(socket.id)
        except StartError as error:
            self._log(error, request)
            refusal = self._refused(socket, error.error)
        except Exception as error:
            log_failure(error, "%s cannot be reached", full_raw_path(request.scope))
            refusal = self._refused(socket, error)
        else:
            if not isinstance(admitted, Rejection):
                socket.admitted(admitted)
                return
            refusal = Rejected(socket.id, admitted.reason, admitted.code)
        if (commit := socket.audience.gate.pending) is not None:
            await asyncio.wait([commit])  # the reason may reveal what was written
        socket.refuse(refusal)

    def _refused(self, socket: OwnedSocket, error: Exception) -> Refused:
        response = self._answers.response(error)
        headers = [(bytes(name), bytes(value)) for name, value in response.raw_headers]
        return Refused(socket.id, str(error), response.status_code, headers, bytes(response.body))

    @staticmethod
    def _log(error: StartError, request: Request) -> None:
        if isinstance(error, RoomFullError):
            logger.info("%s is full: %s", full_raw_path(request.scope), error)
        else:
            log_failure(error, "%s cannot be started", full_raw_path(request.scope))

    async def _answer(self, exchange: OwnedExchange, room: RoomKey, request: Request) -> None:
        gate = self._gate(*room)
        try:
            try:
                response = await respond(await self._rooms.owned(room), request, self._answers)
            except (NotOwnerError, NotANodeError):
                exchange.refuse()
                return
            response = await self._committed(gate, request, response)
            await send_response(response, request.scope, exchange.receive, exchange.send, gate)
        finally:
            exchange.finish()

    async def _committed(self, gate: CommitGate, request: Request, response: Response) -> Response:
        try:
            await until_committed(gate)
        except Exception as error:
            log_failure(error, "%s %s failed", request.method, full_raw_path(request.scope))
            return self._answers.response(error)
        return response

    def close_all(self, code: int, reason: str) -> None:
        """Close all connections, as the server does with its own when it stops."""
        for audiences in list(self._audiences.values()):
            for audience in list(audiences.values()):
                for socket in list(audience.members.values()):
                    socket.shut(code, reason)

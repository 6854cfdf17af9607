"""Links between nodes as WebSockets: how one is dialed, and how one is accepted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from partyserver.cluster.engine import Node
from partyserver.cluster.passing.messages import PROTOCOL_VERSION
from partyserver.cluster.passing.proof import (
    GREETING,
    Greeting,
    GreetingError,
    ProofError,
    Secret,
    VersionError,
)
from partyserver.exceptions import NotOwnerError
from partyserver.responses import text_response

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

logger = logging.getLogger("partyserver")

PATH = "/.pkcompat/node"
"""The path at which nodes reach each other; no party's, route's or file's."""

_WRONG_NODE = 409
_WRONG_VERSION = 426
_WRONG_SECRET = 403


class UnreachableError(NotOwnerError):
    """There is no link to a node, as there should be; the message says why."""


class DialedChannel:
    """The WebSocket of the node that has dialed."""

    def __init__(self, websocket: ClientConnection) -> None:
        self._websocket = websocket

    async def send(self, data: bytes) -> None:
        """See `Channel.send`."""
        await self._websocket.send(data)

    async def receive(self) -> bytes | None:
        """See `Channel.receive`."""
        from websockets.exceptions import ConnectionClosed

        try:
            data = await self._websocket.recv(decode=False)
        except ConnectionClosed:
            return None
        return data

    async def close(self) -> None:
        """See `Channel.close`."""
        self._websocket.transport.abort()


class AcceptedChannel:
    """The WebSocket of the node that was dialed."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._is_closed = False

    async def send(self, data: bytes) -> None:
        """See `Channel.send`."""
        await self._send({"type": "websocket.send", "bytes": data})

    async def receive(self) -> bytes | None:
        """See `Channel.receive`."""
        if self._is_closed:
            return None
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            self._is_closed = True
            return None
        data: bytes | None = event.get("bytes")
        return event["text"].encode() if data is None else data

    async def close(self) -> None:
        """See `Channel.close`."""
        if not self._is_closed:
            self._is_closed = True
            with contextlib.suppress(OSError, RuntimeError):
                await self._send({"type": "websocket.close", "code": 1001, "reason": ""})


async def dial(target: Node, sender: Node, secret: Secret, timeout: float) -> DialedChannel:
    """Reach another node.

    Args:
        target: the node.
        sender: this one.
        secret: what both know.
        timeout: in seconds.

    Raises:
        NotOwnerError: it is another process by now.
        UnreachableError: it cannot be reached.
    """
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus, WebSocketException

    greeting = secret.greeting(sender, target.id)
    where = f"node {target.id} at {target.address}"
    try:
        async with asyncio.timeout(timeout):
            websocket = await connect(
                f"ws://{target.address}{PATH}",
                additional_headers={GREETING: greeting.header},
                compression=None,
                max_size=None,
                ping_interval=None,
                open_timeout=None,
                proxy=None,
                user_agent_header=None,
            )
            try:
                challenge = await websocket.recv(decode=True)
                await websocket.send(secret.answer(greeting, str(challenge)))
            except BaseException:
                websocket.transport.abort()
                raise
    except InvalidStatus as refusal:
        if refusal.response.status_code == _WRONG_NODE:  # as any process that has started again
            raise NotOwnerError(f"{where} is another one by now") from None
        reason = {
            _WRONG_SECRET: "it has another secret: PKCOMPAT_CLUSTER_SECRET must be the same on every node",
            _WRONG_VERSION: refusal.response.body.decode(errors="replace"),
        }.get(refusal.response.status_code, f"it answers {refusal.response.status_code}, as no node does")
    except ProofError:
        reason = "whoever answers there does not know the secret"
    except (OSError, TimeoutError, WebSocketException, ValueError) as error:
        reason = f"it cannot be reached ({error or type(error).__name__}); is it what its --advertise says?"
    else:
        return DialedChannel(websocket)
    raise UnreachableError(f"this node ({sender.address}) has no link to {where}: {reason}")


async def accept(
    scope: Scope, receive: Receive, send: Send, node: Node | None, secret: Secret, timeout: float
) -> tuple[Node, AcceptedChannel] | None:
    """Let another node in, after the upgrade to a WebSocket was asked for.

    Args:
        scope, receive, send: of ASGI.
        node: this one; None while it is none.
        secret: what both know.
        timeout: seconds for which the other node may take to prove that.

    Returns:
        The other node, and the WebSocket; None where it was refused.
    """
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
    try:
        greeting = _read_greeting(scope, secret)
    except VersionError as error:
        logger.error("a node at %s is refused: %s", _client(scope), error)
        text = f"it speaks version {PROTOCOL_VERSION} of the protocol between nodes, this one {error.version}"
        await _refuse(scope, receive, send, _WRONG_VERSION, text)
        return None
    except ProofError:
        logger.error("%s is refused: it does not know the secret of this cluster", _client(scope))
        await _refuse(scope, receive, send, _WRONG_SECRET, "Forbidden")
        return None
    except GreetingError:
        await _refuse(scope, receive, send, 404, "Not found")
        return None
    if node is None or greeting.target != node.id:
        await _refuse(scope, receive, send, _WRONG_NODE, "not this node")
        return None
    channel = AcceptedChannel(receive, send)
    await send({"type": "websocket.accept"})
    challenge, expected = secret.challenge(greeting)
    try:
        async with asyncio.timeout(timeout):
            await send({"type": "websocket.send", "text": challenge})
            said = await channel.receive()
        secret.check((said or b"").decode(errors="replace"), expected)
    except ProofError:
        logger.error("%s is refused: it does not know the secret of this cluster", _client(scope))
    except TimeoutError:
        logger.warning("%s is refused: it did not prove in time that it knows the secret", _client(scope))
    else:
        return greeting.sender, channel
    await channel.close()
    return None


def _read_greeting(scope: Scope, secret: Secret) -> Greeting:
    values = [value for name, value in scope["headers"] if name == GREETING.encode()]
    if scope["type"] != "websocket" or len(values) != 1:
        raise GreetingError
    return secret.read_greeting(values[0].decode("latin-1"))


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await text_response(text, status)(scope, receive, send)
    else:
        close: AsgiMessage = {"type": "websocket.close", "code": 1008}
        await send(close)  # which is answered 403


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return f"{client[0]}:{client[1]}" if client else "somebody"

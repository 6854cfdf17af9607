"""How a handshake is accepted: its subprotocol (RFC 6455, section 4.2.2), and headers of a hook's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message as AsgiMessage

from partyserver.exceptions import HandlerResultError
from partyserver.requests import SUBPROTOCOL

SWITCHING_PROTOCOLS = 101
_HEADER = "sec-websocket-protocol"
# The server says what the body and the connection are.
_SERVERS_OWN = ("connection", "content-", "sec-websocket-", "transfer-encoding", "upgrade")


@dataclass(frozen=True, slots=True)
class Opening:
    """A handshake that a room or `on_socket` gets.

    Attributes:
        request: its request.
        subprotocol: the one that was chosen, of those that the client offers.
        headers: those of the answer, besides the server's own.
    """

    request: Request
    subprotocol: str | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def answer(self) -> AsgiMessage:
        """The ASGI message that accepts it."""
        answer: AsgiMessage = {"type": "websocket.accept"}
        if self.subprotocol is not None:
            answer["subprotocol"] = self.subprotocol
        if self.headers:
            answer["headers"] = self.headers
        return answer


def opening_of(request: Request, spoken: Sequence[str], response: Response | None = None) -> Opening:
    """The answer to a handshake.

    Args:
        request: the request that goes on; its scope then holds the subprotocol, for `ctx.subprotocol`.
        spoken: those that the party speaks; the first that the client offers is chosen.
        response: with the status 101, of `on_before_connect`, whose subprotocol wins.

    Raises:
        HandlerResultError: the hook chose a subprotocol that the client does not offer.
    """
    offered: Iterable[str] = request.scope.get("subprotocols") or ()
    chosen = next((each for each in offered if each in spoken), None)
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if response is not None:
        if (of_hook := response.headers.get(_HEADER)) is not None:
            if of_hook not in offered:
                raise HandlerResultError(
                    f"on_before_connect chose the subprotocol {of_hook!r}, which the client does not offer; "
                    f"it offers {', '.join(map(repr, offered)) or 'none'}"
                )
            chosen = of_hook
        headers = tuple(
            (name, value)
            for name, value in response.raw_headers
            if not name.lower().decode("latin-1").startswith(_SERVERS_OWN)
        )
    if chosen is not None:
        request.scope[SUBPROTOCOL] = chosen
    return Opening(request, chosen, headers)

"""Patches the private `_receive` of a Starlette `Request`, to see the body as a handler reads it.

Nothing public serves. The request exists before the room's tap learns of it, and the handler must get that
very object, with all that hooks have done to it. The body must not be read here: the handler may not read
it, may answer before it has arrived, or may stream it. Middleware that wraps `receive` cannot tell which
room a request will reach, or what a hook reads from what the handler does. See
https://github.com/Kludex/starlette/issues/495.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import Message, Receive


def watch_body(request: Request, read: Callable[[bytes, bool], None]) -> None:
    """Have each piece of a request's body seen as it is read.

    Args:
        request: the request, which the room is about to handle.
        read: called with each piece, and whether more follow. If a hook has read the body already, it is
            called with all of it, at once.
    """
    if hasattr(request, "_body"):
        read(request._body, False)
    else:
        request._receive = _watched(request._receive, read)


def _watched(receive: Receive, read: Callable[[bytes, bool], None]) -> Receive:
    async def watched() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            read(message.get("body", b""), message.get("more_body", False))
        return message

    return watched

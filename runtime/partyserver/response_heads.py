"""Whether the status and headers of a response can be sent. ASGI servers notice it too late: they have begun
the answer by then, so that the client gets an empty one."""

from __future__ import annotations

import re

from starlette.responses import Response

from partyserver.exceptions import HandlerResultError

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110, section 5.6.2
_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110, section 5.5
_OUTER_SPACE = re.compile(rb"[ \t]|.*[ \t]\Z", re.DOTALL)


def check_head(response: Response, handler: str, *, may_switch: bool = False) -> None:
    """Refuse a head that cannot be sent. Spaces around a value are taken away, as `Headers` of the web does.

    Args:
        response: what a handler returned.
        handler: its name, for the error.
        may_switch: whether the status may be 101, which opens a WebSocket.

    Raises:
        HandlerResultError: the status is none of a final answer, or a header's name or value has characters
            that no header may have, such as a line break; the message names the header, not its value.
    """
    if not (200 <= response.status_code <= 599 or (may_switch and response.status_code == 101)):
        raise HandlerResultError(
            f"{handler} returned a response with the status {response.status_code}; it must be 200 to 599"
        )
    for position, (name, value) in enumerate(response.raw_headers):
        if _NAME.fullmatch(name) is None:
            raise HandlerResultError(f"{handler} returned a response with {name!r} as a header's name")
        if _BAD_VALUE.search(value) is not None:
            raise HandlerResultError(
                f"{handler} returned a response whose header {name.decode()!r} has a line break or another "
                "control character in its value; percent-encode or quote it"
            )
        if _OUTER_SPACE.match(value) is not None:
            response.raw_headers[position] = (name, value.strip(b" \t"))

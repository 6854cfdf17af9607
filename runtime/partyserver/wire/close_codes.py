"""Close codes and reasons (RFC 6455, section 7.4): which may be sent, and which stand for none."""

from __future__ import annotations

from partyserver.exceptions import InvalidCloseError

NO_STATUS = 1005  # the close frame had no code (RFC 6455, section 7.4.1)
ABNORMAL = 1006  # the TCP connection died without a close frame

MAX_REASON_BYTES = 123  # RFC 6455, section 5.5: a control frame carries 125 bytes, two of them the code
_RESERVED_CLOSE_CODES = frozenset({1004, 1005, 1006, 1015})


def check_close(code: int | None, reason: str) -> None:
    """Raise `InvalidCloseError` if an endpoint may not send this code with this reason."""
    if code is None:
        if reason:
            raise InvalidCloseError("a close reason needs a close code, for example close(1000, reason)")
        return
    if isinstance(code, bool) or not isinstance(code, int):
        raise InvalidCloseError(f"a close code is an int, got {type(code).__name__}")
    if not 1000 <= code <= 4999 or code in _RESERVED_CLOSE_CODES:
        shown = code if abs(code) < 10**9 else "this number"
        raise InvalidCloseError(f"{shown} is no close code to send: use 1000, or 3000 to 4999")
    try:
        size = len(reason.encode())
    except UnicodeEncodeError as error:
        raise InvalidCloseError(f"the close reason is no valid text: {error.reason}") from None
    if size > MAX_REASON_BYTES:
        raise InvalidCloseError(f"a close reason has at most {MAX_REASON_BYTES} bytes, this one has {size}")


def shorten_reason(reason: str) -> str:
    """As much of a reason as a close frame can carry."""
    return reason.encode(errors="backslashreplace")[:MAX_REASON_BYTES].decode(errors="ignore")

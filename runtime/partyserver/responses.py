"""Responses for return values and exceptions of handlers."""

from __future__ import annotations

import http
import logging

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response

from partyserver.exceptions import (
    BodyTooLargeError,
    ConnectionTagError,
    HandlerResultError,
    PartyServerError,
    StartError,
)
from partyserver.response_heads import check_head

logger = logging.getLogger("partyserver")

# How to make a response of the values that handlers return by mistake.
_WAYS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((dict, list, tuple, bool, int, float), "starlette.responses.JSONResponse(...)"),
    ((str,), "starlette.responses.PlainTextResponse(...)"),
    ((bytes,), "starlette.responses.Response(...)"),
)
# Headers that belong to the stub's own connection, or are set anew.
_NOT_COPIED = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection"})


class AnsweredError(PartyServerError):
    """A handler failed on another node, which has logged that, and made the answer.

    Args:
        text: the error's, or the reason of a close.
        response: the answer.
    """

    def __init__(self, text: str, response: Response) -> None:
        super().__init__(text)
        self.response = response


def as_response(result: object, handler: str, *, may_switch: bool = False) -> Response:
    """What a handler returned, as a response.

    Args:
        result: a Starlette response, or the `httpx.Response` that a stub gave.
        handler: the handler's name, for the error.
        may_switch: whether the status may be 101.

    Raises:
        HandlerResultError: it is neither, or its status or headers cannot be sent.
    """
    if isinstance(result, httpx.Response):
        result = _copy(result)
    if isinstance(result, Response):
        check_head(result, handler, may_switch=may_switch)
        return result
    hint = next((f", such as {way}" for kinds, way in _WAYS if isinstance(result, kinds)), "")
    raise HandlerResultError(f"{handler} returned {_described(result)}; it must return a Response{hint}")


def log_failure(error: Exception, text: str, *arguments: object) -> None:
    """Log that the handler of a request failed; what the client alone has done is no error.

    Args:
        error: what the handler raised.
        text: what failed, as for `logging`.
        arguments: for the text.
    """
    if isinstance(error, BodyTooLargeError | ClientDisconnect):
        reason = error.detail if isinstance(error, BodyTooLargeError) else "The client has gone."
        logger.info("%s: %s", text % arguments, reason)
    elif not isinstance(error.error if isinstance(error, StartError) else error, AnsweredError):
        logger.error(text, *arguments, exc_info=error)


def _described(result: object) -> str:
    return "None" if result is None else f"a {type(result).__name__}"


def _copy(answer: httpx.Response) -> Response:
    response = Response(answer.content, status_code=answer.status_code)
    response.raw_headers = [
        (name.lower(), value)
        for name, value in answer.headers.raw
        if name.lower().decode() not in _NOT_COPIED
    ] + [(name, value) for name, value in response.raw_headers if name == b"content-length"]
    return response


def text_response(text: str, status_code: int) -> Response:
    """A plain text response; halves of surrogate pairs, which UTF-8 cannot have, are shown as `\\ud800`."""
    return PlainTextResponse(text.encode(errors="backslashreplace"), status_code=status_code)


class ErrorAnswers:
    """What a client learns of an exception in a handler.

    With `debug` it is the exception's message, as on PartyKit. Without, it is nothing, except for Starlette's
    `HTTPException`, which is raised to be shown.
    """

    def __init__(self, debug: bool) -> None:
        self._debug = debug

    def response(self, error: Exception, *, status_code: int = 500, empty: str = "") -> Response:
        """The answer to a request whose handler raised.

        Args:
            error: what it raised.
            status_code: the answer's status.
            empty: the text where the error has no message.
        """
        if isinstance(error, AnsweredError):
            return error.response
        if isinstance(error, HTTPException):
            return self._shown(error)
        text = (str(error) or empty) if self._debug else _phrase(status_code)
        return text_response(text, status_code)

    def _shown(self, error: HTTPException) -> Response:
        try:
            response = PlainTextResponse(error.detail, status_code=error.status_code, headers=error.headers)
            check_head(response, "HTTPException")
        except (HandlerResultError, UnicodeEncodeError) as unsendable:
            logger.error("%s", unsendable, exc_info=error)
            return self.response(unsendable)
        return response

    def room_response(self, error: Exception) -> Response:
        """The answer to a room's request whose handler raised; an error's own `code` is the status if it can
        be one, as on PartyKit."""
        own_code = getattr(error, "code", None)
        status_code = own_code if type(own_code) is int and 200 <= own_code <= 599 else 500
        return self.response(error, status_code=status_code, empty="Uncaught exception when making a request")

    def close_reason(self, error: Exception) -> str:
        """The reason of the close 1011 that follows an error in `on_connect`. Errors of tags are always
        shown: their words are PartyKit's own."""
        if isinstance(error, HTTPException):
            return error.detail
        if isinstance(error, ConnectionTagError | AnsweredError):
            return str(error)
        return (str(error) or "Uncaught exception when connecting") if self._debug else "Internal error"


def _phrase(status_code: int) -> str:
    try:
        return http.HTTPStatus(status_code).phrase
    except ValueError:
        return "Error"

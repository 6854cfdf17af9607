"""Results of handlers as responses, and what errors answer."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from partyserver import ConnectionTagError, HandlerResultError
from partyserver.responses import ErrorAnswers, as_response


def test_starlettes_responses_are_taken_as_they_are() -> None:
    response = JSONResponse({})
    assert as_response(response, "on_request") is response


def test_httpx_responses_are_copied_with_repeated_headers() -> None:
    headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Own", "1"), ("Transfer-Encoding", "chunked")]
    copy = as_response(httpx.Response(201, headers=headers, content=b"body"), "on_request")
    assert (copy.status_code, copy.body) == (201, b"body")
    assert sorted(copy.raw_headers) == [
        (b"content-length", b"4"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"x-own", b"1"),
    ]


@pytest.mark.parametrize(
    ("result", "words"), [(None, "returned None"), ("text", "returned a str"), ({"a": 1}, "returned a dict")]
)
def test_other_results_are_refused(result: Any, words: str) -> None:
    with pytest.raises(HandlerResultError, match=f"on_request {words}; it must return a Response"):
        as_response(result, "on_request")


@pytest.mark.parametrize(
    ("result", "way"),
    [({"a": 1}, "JSONResponse"), ([], "JSONResponse"), ("x", "PlainTextResponse"), (b"", "Response")],
)
def test_what_would_make_a_response_of_it_is_told(result: Any, way: str) -> None:
    with pytest.raises(HandlerResultError, match=rf"such as starlette\.responses\.{way}\(\.\.\.\)$"):
        as_response(result, "on_request")


class CodedError(Exception):
    """Has a code."""

    def __init__(self, code: Any) -> None:
        super().__init__("coded")
        self.code = code


@pytest.mark.parametrize(
    ("error", "debug", "status", "text"),
    [
        (LookupError("boom"), True, 500, "boom"),
        (LookupError("boom"), False, 500, "Internal Server Error"),
        (LookupError(), True, 500, "Uncaught exception when making a request"),
        (CodedError(404), True, 404, "coded"),
        (CodedError(404), False, 404, "Not Found"),
        (CodedError("E1"), True, 500, "coded"),
        (CodedError(1006), True, 500, "coded"),
        (CodedError(True), True, 500, "coded"),
        (HTTPException(418, "teapot"), False, 418, "teapot"),
        (ValueError("half \ud800"), True, 500, r"half \ud800"),
    ],
)
def test_what_an_error_answers(error: Exception, debug: bool, status: int, text: str) -> None:
    answer = ErrorAnswers(debug).room_response(error)
    assert (answer.status_code, bytes(answer.body).decode()) == (status, text)


def test_outside_of_rooms_an_errors_code_does_not_count() -> None:
    answers = ErrorAnswers(True)
    refused, failed = answers.response(CodedError(404), status_code=401), answers.response(LookupError())
    assert (refused.status_code, refused.body) == (401, b"coded")
    assert (failed.status_code, failed.body) == (500, b"")


def test_close_reasons() -> None:
    assert ErrorAnswers(True).close_reason(LookupError("boom")) == "boom"
    assert ErrorAnswers(True).close_reason(LookupError()) == "Uncaught exception when connecting"
    assert ErrorAnswers(False).close_reason(LookupError("boom")) == "Internal error"
    assert ErrorAnswers(False).close_reason(HTTPException(403, "not you")) == "not you"
    assert ErrorAnswers(False).close_reason(ConnectionTagError("too many tags")) == "too many tags"

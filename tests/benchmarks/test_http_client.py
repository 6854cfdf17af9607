"""The HTTP load client: counting answers, and ending when one is wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from benchmarks.http_client import connect, get, requests_a_second
from benchmarks.load_client import LoadError

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


@contextmanager
def serving(answer: Callable[[int], bytes]) -> Iterator[int]:
    """A server on the loopback, with one connection after the other; `answer` gets a request's number."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, answer))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join(10)


def _serve(listener: socket.socket, answer: Callable[[int], bytes]) -> None:
    client, _ = listener.accept()
    with client:
        number = 0
        while client.recv(4096):
            client.sendall(answer(number))
            number += 1


@pytest.mark.parametrize("answer", [ANSWER, CHUNKED])
def test_an_answer_is_read_to_its_end(answer: bytes) -> None:
    with serving(lambda number: answer) as port, connect(port) as client:
        assert get(client, "/") == answer


def test_another_status_is_an_error() -> None:
    refusal = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    with serving(lambda number: refusal) as port, connect(port) as client:
        with pytest.raises(LoadError, match="/party was refused"):
            get(client, "/party")


def test_answers_are_counted() -> None:
    seen: list[int] = []
    with serving(lambda number: seen.append(number) or ANSWER) as port:  # type: ignore[func-returns-value]
        assert requests_a_second(port, "/", connections=1, seconds=0.05) > 0
    assert len(seen) > 2


def test_an_answer_that_changes_ends_the_measurement() -> None:
    with serving(lambda number: ANSWER if number < 2 else ANSWER + b" and more") as port:
        with pytest.raises(LoadError, match="changed its answer"):
            requests_a_second(port, "/", connections=1, seconds=30.0)

"""Sockets: sending, closing, close codes and reasons."""

from __future__ import annotations

from typing import Any

import pytest
from tests.partyserver.in_process import Wire

from partyserver import Connection, ConnectionClosedError, InvalidCloseError, ReadyState
from partyserver.sockets import Socket


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def socket(wire: Wire) -> Socket:
    return Socket(wire)


async def test_send_may_be_awaited_or_not(socket: Socket, wire: Wire) -> None:
    socket.send("a")
    await socket.send("b")
    assert wire.sent == ["a", "b"]


def test_binary_messages_are_copied(socket: Socket, wire: Wire) -> None:
    buffer = bytearray(b"ab")
    socket.send(buffer)  # type: ignore[arg-type]
    socket.send(memoryview(b"xy")[1:])  # type: ignore[arg-type]
    buffer[0] = 0
    assert wire.sent == [b"ab", b"y"]


@pytest.mark.parametrize("message", [{"a": 1}, None, 5, ["x"]])
def test_other_messages_are_refused(socket: Socket, message: Any) -> None:
    with pytest.raises(TypeError, match=r"json\.dumps"):
        socket.send(message)


def test_close_comes_once_and_after_what_was_sent(socket: Socket, wire: Wire) -> None:
    socket.send("a")
    socket.close(4000, "bye")
    socket.close()
    assert wire.sent == ["a", ("close", 4000, "bye")]
    assert socket.ready_state is ReadyState.CLOSING


def test_send_after_close_is_an_error(socket: Socket) -> None:
    socket.close()
    with pytest.raises(ConnectionClosedError, match="after close"):
        socket.send("late")
    socket.ready_state = ReadyState.CLOSED
    with pytest.raises(ConnectionClosedError):
        socket.send("later")


async def test_a_message_to_a_peer_that_has_gone_is_dropped(socket: Socket, wire: Wire) -> None:
    socket.ready_state = ReadyState.CLOSED
    await socket.send("late")
    assert wire.sent == []


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
def test_close_codes(socket: Socket, wire: Wire, code: int) -> None:
    socket.close(code, "x" * 123)
    assert wire.sent == [("close", code, "x" * 123)]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (999, ""),
        (5000, ""),
        (1005, ""),
        (1006, ""),
        (1015, ""),
        (True, ""),
        ("1000", ""),
        (None, "x"),
        (1000, "é" * 62),
    ],
)
def test_closes_that_may_not_be_sent(socket: Socket, wire: Wire, code: Any, reason: str) -> None:
    with pytest.raises(InvalidCloseError):
        socket.close(code, reason)
    assert wire.sent == []
    assert socket.ready_state is ReadyState.OPEN


def test_state_is_kept_by_reference_and_updated_by_a_function(wire: Wire) -> None:
    connection = Connection("a", "http://test/", wire)
    assert connection.state is None
    state = {"count": 1}
    assert connection.set_state(state) is state
    assert connection.state is state
    assert connection.set_state(lambda previous: {**previous, "more": 2}) == {"count": 1, "more": 2}
    assert connection.set_state(None) is None
    assert connection.state is None

"""When pings are sent, and when a pong is missed, without a socket."""

from __future__ import annotations

import asyncio

from tests.partyserver.in_process import until

from partyserver.wire.keepalive import Keepalive


class Pinged:
    """Keeps the pings that it is to send."""

    def __init__(self) -> None:
        self.pings: list[bytes] = []
        self.missed = 0
        self.closes = False
        self.there = True

    def is_there(self, silent_for: float) -> bool:
        return self.there

    def send_ping(self, payload: bytes) -> bool:
        self.pings.append(payload)
        return not self.closes

    def pong_missing(self) -> None:
        self.missed += 1


def keepalive(socket: Pinged, interval: float | None, timeout: float | None) -> Keepalive:
    made = Keepalive(socket, asyncio.get_running_loop(), interval, timeout)
    made.start()
    return made


async def test_a_ping_that_is_answered_is_followed_by_the_next() -> None:
    socket = Pinged()
    made = keepalive(socket, 0.01, 0.2)
    for number in range(1, 4):
        await until(lambda number=number: len(socket.pings) == number)  # type: ignore[misc]
        made.receive_pong(socket.pings[-1])
    made.stop()
    assert len({*socket.pings}) == 3
    assert socket.missed == 0


async def test_an_answer_to_an_earlier_ping_does_not_count() -> None:
    socket = Pinged()
    made = keepalive(socket, 0.01, 0.05)
    await until(lambda: socket.pings)
    made.receive_pong(b"stale")
    await until(lambda: socket.missed)
    assert len(socket.pings) == 1


async def test_without_a_timeout_no_pong_is_missed() -> None:
    socket = Pinged()
    made = keepalive(socket, 0.01, None)
    await until(lambda: len(socket.pings) == 3)
    made.stop()
    assert socket.missed == 0


async def test_without_an_interval_there_are_no_pings() -> None:
    assert keepalive(Pinged(), None, 0.01)._timer is None
    assert keepalive(Pinged(), 0, 0.01)._timer is None


async def test_a_socket_that_closes_is_pinged_no_more() -> None:
    socket = Pinged()
    socket.closes = True
    made = keepalive(socket, 0.01, 0.01)
    await until(lambda: socket.pings)
    assert made._timer is None


async def test_once_stopped_nothing_is_sent_or_missed() -> None:
    socket = Pinged()
    keepalive(socket, 0.01, 0.01).stop()
    await asyncio.sleep(0.05)
    assert (socket.pings, socket.missed) == ([], 0)


async def test_an_answer_that_may_lie_unread_is_not_missed_while_the_peer_is_there() -> None:
    socket = Pinged()
    made = keepalive(socket, 0.01, 0.02)
    for number in range(1, 4):
        await until(lambda number=number: len(socket.pings) == number)  # type: ignore[misc]
        made.excuse()
    socket.there = False
    await until(lambda: socket.missed)


async def test_an_excuse_holds_for_one_ping() -> None:
    socket = Pinged()
    made = keepalive(socket, 0.01, 0.02)
    await until(lambda: socket.pings)
    made.excuse()
    await until(lambda: socket.missed)
    assert len(socket.pings) == 2

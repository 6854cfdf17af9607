"""What a message costs, in calls, writes and memory. Counted, not timed: `make bench-broadcast` measures.

The numbers may fall. Before one is raised, the benchmark should show that it has to be.
"""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from typing import Any

import pytest
from tests.partyserver.call_counting import count_calls
from tests.partyserver.wires import FakeTransport, connected, text_frame
from websockets.frames import Frame, Opcode

from partyserver import Connection, Host, Limits, PartyServer, ServerOptions
from partyserver.rooms import broadcast
from partyserver.wire.frames import encode_frame
from pkcompat import legacy_to_class

UNWATCHED = Limits(slow_handler=0, stuck_handler=0)  # a watchdog looks when it likes
TURNS = 10  # of the event loop, in which everything that a message causes has happened


class Relay(PartyServer):
    def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.room.broadcast(message, [sender.id])


class Hibernating(Relay):
    options = ServerOptions(hibernate=True)


class AsyncRelay(PartyServer):
    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        self.room.broadcast(message, [sender.id])


class WaitingRelay(PartyServer):
    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        await self.room.broadcast(message, [sender.id])


def legacy_relay(message: str | bytes, connection: Any, room: Any) -> None:
    room.broadcast(message, [connection.id])


async def legacy_async_relay(message: str | bytes, connection: Any, room: Any) -> None:
    room.broadcast(message, [connection.id])


Relayed = legacy_to_class({"onMessage": legacy_relay})
AsyncRelayed = legacy_to_class({"onMessage": legacy_async_relay})


async def settle() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def load(transports: list[FakeTransport], messages: int) -> None:
    """Have the first client send so many messages in one packet."""
    packet = b"".join(text_frame(f"message {number:03}") for number in range(messages))
    transports[0].protocol.data_received(packet)
    await settle()


async def calls(party: type[PartyServer], receivers: int, messages: int) -> int:
    async with connected(
        Host({"main": party}, limits=UNWATCHED), *["/party/room"] * (receivers + 1)
    ) as transports:
        await load(transports, messages)
        return await count_calls(lambda: load(transports, messages))


# At most so many calls of Python functions: a message more, a receiver more.
COSTS = {
    Relay: (27, 3),
    Hibernating: (26, 3),
    Relayed: (29, 3),
    AsyncRelay: (56, 3),
    AsyncRelayed: (58, 3),
    WaitingRelay: (58, 4),
}


@pytest.mark.parametrize("party", COSTS)
async def test_how_many_calls_a_message_and_a_receiver_take(party: type[PartyServer]) -> None:
    a_message, a_receiver = COSTS[party]
    few, more = 10, 110
    one_to_few = await calls(party, few, 1)
    assert (await calls(party, few, 101) - one_to_few) / 100 <= a_message
    written = 2 * more - 2 * few  # by the transport of this test
    assert (await calls(party, more, 1) - one_to_few - written) / 100 <= a_receiver


@pytest.mark.parametrize("party", [Relay, Hibernating, Relayed, AsyncRelay, AsyncRelayed])
async def test_further_messages_of_a_turn_cost_the_same_however_many_receive_them(
    party: type[PartyServer],
) -> None:
    few, more = 10, 110
    to_few = await calls(party, few, 21) - await calls(party, few, 1)
    to_more = await calls(party, more, 21) - await calls(party, more, 1)
    assert to_more == to_few


@pytest.mark.parametrize("party", COSTS)
async def test_a_frame_is_encoded_once_and_a_socket_written_to_once_a_turn(
    party: type[PartyServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str | bytes] = []

    def encode(message: str | bytes) -> bytes:
        encoded.append(message)
        return encode_frame(message)

    monkeypatch.setattr(broadcast, "encode_frame", encode)
    async with connected(Host({"main": party}), *["/party/room"] * 21) as (sender, *receivers):
        await load([sender], 30)
        assert encoded == [f"message {number:03}" for number in range(30)]
        expected = b"".join(Frame(Opcode.TEXT, text.encode()).serialize(mask=False) for text in encoded)  # type: ignore[union-attr]
        assert sender.writes == []
        for receiver in receivers:
            assert receiver.writes == [expected]
            assert receiver.writes[0] is receivers[0].writes[0]


@pytest.mark.parametrize("party", [Relay, AsyncRelay])
async def test_a_receiver_takes_no_memory_for_each_message(party: type[PartyServer]) -> None:
    async def peak(receivers: int) -> int:
        async with connected(Host({"main": party}), *["/party/room"] * (receivers + 1)) as transports:
            await load(transports, 100)
            for transport in transports:
                transport.writes.clear()
            gc.collect()
            gc.disable()
            tracemalloc.start()
            try:
                await load(transports, 100)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
                gc.enable()

    a_receiver = (await peak(110) - await peak(10)) / 100
    assert a_receiver <= 250, (
        f"{a_receiver:.0f} bytes for 100 messages"
    )  # the list of what was written, mostly


@pytest.mark.parametrize("party", [Relay, Hibernating, Relayed])
async def test_a_handler_that_does_not_await_needs_no_task(
    party: type[PartyServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(Host({"main": party}), *["/party/room"] * 3) as transports:
        started: list[object] = []
        with monkeypatch.context() as patched:
            patched.setattr(asyncio.get_running_loop(), "create_task", started.append)
            await load(transports, 5)
        assert started == []
        assert len(transports[1].writes) == 1

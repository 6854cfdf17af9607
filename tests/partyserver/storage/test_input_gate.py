"""The input gate: which events wait while a handler uses storage."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from tests.partyserver.in_process import settle

from partyserver.storage import input_gate
from partyserver.storage.input_gate import InputGate


class Events:
    """Events that come through a gate, noted in the order in which they come in."""

    def __init__(self, gate: InputGate) -> None:
        self.gate = gate
        self.seen: list[str] = []

    def arrive(self, *names: str) -> None:
        for name in names:
            task = asyncio.ensure_future(self._enter(name))
            self._keep = task

    async def _enter(self, name: str) -> None:
        await self.gate.pass_through()
        self.seen.append(name)


async def test_an_open_gate_lets_events_in_at_once_and_in_order() -> None:
    events = Events(InputGate())
    events.arrive("a", "b", "c")
    await asyncio.sleep(0)
    assert events.seen == ["a", "b", "c"]


async def test_a_held_gate_keeps_events_in_their_order() -> None:
    gate = InputGate()
    events = Events(gate)
    release = gate.hold()
    events.arrive("a", "b")
    await settle()
    assert events.seen == []
    release()
    events.arrive("c")
    await settle()
    assert events.seen == ["a", "b", "c"]


async def test_every_holder_must_let_go() -> None:
    gate = InputGate()
    events = Events(gate)
    first, second = gate.hold(), gate.hold()
    events.arrive("a")
    first()
    await settle()
    assert events.seen == []
    second()
    await settle()
    assert events.seen == ["a"]


async def test_an_event_that_closes_the_gate_stops_those_behind_it() -> None:
    gate = InputGate()
    events = Events(gate)
    release = gate.hold()

    async def closes_again() -> None:
        await gate.pass_through()
        events.seen.append("first")
        with gate.held():
            await asyncio.sleep(0.02)
            events.seen.append("still first")

    task = asyncio.ensure_future(closes_again())
    await asyncio.sleep(0)
    events.arrive("second")
    release()
    await task
    await settle()
    assert events.seen == ["first", "still first", "second"]


async def test_a_cancelled_event_does_not_block_the_others() -> None:
    gate = InputGate()
    events = Events(gate)
    release = gate.hold()
    waiting = asyncio.ensure_future(gate.pass_through())
    await asyncio.sleep(0)
    events.arrive("next")
    await asyncio.sleep(0)
    waiting.cancel()
    release()
    await settle()
    assert events.seen == ["next"]


async def test_a_handler_that_awaits_storage_directly_leaves_the_gate_open() -> None:
    gate = InputGate()
    with gate.handler():
        gate.storage_call_done()
    assert gate.is_open


async def test_a_handler_that_waits_keeps_others_out_until_it_could_have_called_storage() -> None:
    gate = InputGate()
    events = Events(gate)
    started = asyncio.Event()

    async def handler() -> None:
        with gate.handler():
            started.set()
            await asyncio.sleep(0.05)
            events.seen.append("handler")

    task = asyncio.ensure_future(handler())
    await started.wait()
    assert not gate.is_open
    events.arrive("event")
    await task
    assert events.seen == ["event", "handler"]


async def test_storage_calls_without_end_do_not_keep_events_out() -> None:
    gate = InputGate()
    events = Events(gate)

    async def busy() -> None:
        while not events.seen:
            gate.storage_call_done()
            await asyncio.sleep(0)

    task = asyncio.ensure_future(busy())
    await asyncio.sleep(0)
    events.arrive("a")
    await asyncio.wait_for(task, 5)


def test_a_gate_outlives_an_event_loop_that_ended_while_it_settled() -> None:
    gate = InputGate()

    async def call_storage() -> None:
        gate.storage_call_done()

    async def pass_through() -> None:
        await asyncio.wait_for(gate.pass_through(), 5)

    asyncio.run(call_storage())
    asyncio.run(pass_through())
    assert gate.is_open


async def test_a_storage_call_in_a_task_of_its_own_closes_the_gate_for_some_turns() -> None:
    gate = InputGate()
    gate.storage_call_done()
    assert not gate.is_open
    await settle()
    assert gate.is_open


async def test_a_call_through_a_task_after_one_that_was_awaited_directly_keeps_events_out() -> None:
    gate = InputGate()
    events = Events(gate)

    async def call_storage() -> None:
        gate.storage_call_done()

    async def handler() -> None:
        with gate.handler():
            await asyncio.sleep(0.02)  # so that events may come in again
            await call_storage()
            events.arrive("event")
            await asyncio.gather(call_storage())
            events.seen.append("handler")

    await asyncio.ensure_future(handler())
    await settle()
    assert events.seen == ["handler", "event"]


async def test_an_event_that_is_let_in_waits_if_a_handler_closes_the_gate_before_it_goes_on() -> None:
    gate = InputGate()
    events = Events(gate)
    release = gate.hold()
    events.arrive("first", "second")
    await settle()
    release()
    while not gate._waking:  # noqa: ASYNC110 - the gate settles first
        await asyncio.sleep(0)
    again = gate.hold()
    await settle()
    assert events.seen == []
    again()
    await settle()
    assert events.seen == ["first", "second"]


# What asyncio takes, which the gate's numbers rest on.

Work = Coroutine[Any, Any, None]


async def in_a_task(work: Work) -> None:
    await asyncio.create_task(work)


async def in_gather(work: Work) -> None:
    await asyncio.gather(work)


async def in_a_group(work: Work) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(work)


TURNS_TO_GO_ON = {in_a_task: 1, in_gather: 2, in_a_group: 2}


def nested(layer: Callable[[Work], Work], depth: int, work: Work) -> Work:
    for _ in range(depth):
        work = layer(work)
    return work


async def turns_of(layer: Callable[[Work], Work], depth: int) -> tuple[int, int]:
    """Turns until work in so many layers begins, and from its end until its caller goes on."""
    loop, turn, reached = asyncio.get_running_loop(), 0, 0

    def count() -> None:
        nonlocal turn, timer
        turn += 1
        timer = loop.call_soon(count)

    async def work() -> None:
        nonlocal reached
        reached = turn

    timer = loop.call_soon(count)
    await nested(layer, depth, work())
    timer.cancel()
    return reached, turn - reached


@pytest.mark.parametrize("layer", TURNS_TO_GO_ON)
async def test_asyncio_takes_as_many_turns_as_the_gate_counts_on(layer: Callable[[Work], Work]) -> None:
    for depth in (1, 2, 3, 8):
        assert await turns_of(layer, depth) == (depth, depth * TURNS_TO_GO_ON[layer])


def test_the_gates_numbers_are_as_deep_as_their_comments_say() -> None:
    assert 8 * max(TURNS_TO_GO_ON.values()) <= input_gate._SETTLING_TURNS
    assert input_gate._STARTING_TURNS > 3


@pytest.mark.parametrize("layer", TURNS_TO_GO_ON)
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
async def test_no_event_comes_between_a_storage_call_within_tasks_and_the_handler(
    layer: Callable[[Work], Work], depth: int
) -> None:
    gate = InputGate()
    events = Events(gate)

    async def call_storage() -> None:
        gate.storage_call_done()

    async def handler() -> None:
        with gate.handler():
            await nested(layer, depth, call_storage())
            events.seen.append("handler")

    task: Awaitable[None] = asyncio.ensure_future(handler())
    await asyncio.sleep(0)
    events.arrive("event")
    await task
    await settle()
    assert events.seen == ["handler", "event"]

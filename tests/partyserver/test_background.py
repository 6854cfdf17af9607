"""Background tasks, and draining them."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from partyserver.background import BackgroundTasks


async def test_draining_waits_for_what_is_started_meanwhile() -> None:
    tasks, order = BackgroundTasks(), list[str]()

    async def first() -> None:
        await asyncio.sleep(0)
        tasks.start(second())
        order.append("first")

    async def second() -> None:
        await asyncio.sleep(0)
        order.append("second")

    tasks.start(first())
    assert await tasks.drain(5)
    assert order == ["first", "second"]


async def test_draining_waits_for_what_is_counted() -> None:
    tasks = BackgroundTasks()
    go_on = asyncio.Event()

    async def counted() -> None:
        with tasks.counted():
            await go_on.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(counted())
        await asyncio.sleep(0)
        assert not await tasks.drain(0.01)
        asyncio.get_running_loop().call_soon(go_on.set)
        assert await tasks.drain(5)


async def test_draining_has_a_bound() -> None:
    tasks = BackgroundTasks()
    endless = tasks.start(asyncio.Event().wait())
    assert not await tasks.drain(0.01)
    assert not endless.done()
    await tasks.cancel()
    assert endless.cancelled()
    assert await tasks.drain(0)


async def test_what_does_not_end_when_cancelled_is_named_and_left(caplog: pytest.LogCaptureFixture) -> None:
    tasks, go_on = BackgroundTasks(), asyncio.Event()

    async def stubborn() -> None:
        while not go_on.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await go_on.wait()

    tasks.start(stubborn())
    await asyncio.sleep(0)
    await tasks.cancel(0.01)
    assert "a handler goes on although it was cancelled" in caplog.text
    assert "stubborn" in caplog.text
    go_on.set()
    assert await tasks.drain(5)

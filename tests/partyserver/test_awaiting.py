from __future__ import annotations

import asyncio
from typing import Any

import pytest

from partyserver import HandlerCancelledError
from partyserver.awaiting import settled


async def three() -> int:
    return 3


async def test_awaitables_are_awaited_and_anything_else_is_the_result() -> None:
    assert await settled(3) == 3
    assert await settled(three()) == 3
    assert await settled(asyncio.ensure_future(three())) == 3


async def test_something_that_was_cancelled_is_an_error() -> None:
    cancelled: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    cancelled.cancel()
    with pytest.raises(HandlerCancelledError, match="cancelled"):
        await settled(cancelled)


async def test_the_end_of_the_task_that_runs_the_handler_is_no_error() -> None:
    task = asyncio.ensure_future(settled(asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

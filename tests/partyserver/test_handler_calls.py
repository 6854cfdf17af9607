"""Calling handlers: awaitables, cancellation, signatures."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from partyserver import HandlerCancelledError
from partyserver.handler_calls import settled, signature_of


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


def test_a_signature() -> None:
    def handler(connection: object, room: object = None) -> None: ...

    assert list(signature_of(handler).parameters) == ["connection", "room"]


def test_no_signature() -> None:
    with pytest.raises((TypeError, ValueError)):
        signature_of(type)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are evaluated where they stand")
def test_annotations_may_name_what_only_type_checkers_see() -> None:
    namespace: dict[str, object] = {}
    exec("def handler(connection: PartyKitConnection): ...", namespace)
    handler = namespace["handler"]
    assert callable(handler)
    assert list(signature_of(handler).parameters) == ["connection"]

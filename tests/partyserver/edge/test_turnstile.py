"""Who asks for events waits while the turnstile is closed."""

from __future__ import annotations

import asyncio

import pytest
from tests.partyserver.in_process import settle

from partyserver.edge.turnstile import Turnstile


async def test_it_lets_through_when_it_is_open() -> None:
    turnstile = Turnstile()
    assert not turnstile.is_closed
    await turnstile.passed(lambda: False)
    turnstile.pause_reading()
    turnstile.pause_reading()
    waiting = asyncio.create_task(turnstile.passed(lambda: False))
    await settle()
    assert turnstile.is_closed
    assert not waiting.done()
    turnstile.resume_reading()
    turnstile.resume_reading()
    await waiting


async def test_one_that_is_closed_again_at_once_holds_on() -> None:
    turnstile = Turnstile()
    turnstile.pause_reading()
    waiting = asyncio.create_task(turnstile.passed(lambda: False))
    await settle()
    turnstile.resume_reading()
    turnstile.pause_reading()
    await settle()
    assert not waiting.done()
    turnstile.resume_reading()
    await waiting


async def test_who_has_gone_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partyserver.edge.turnstile.LOOK_EVERY", 0.001)
    closed = Turnstile()
    closed.pause_reading()
    assert not await closed.passed(lambda: True)

"""Event listeners: order, failures, kinds, close events."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import Any

import pytest

from partyserver.background import BackgroundTasks
from partyserver.events import CloseEvent, Listeners, MessageEvent


def dispatch(listeners: Listeners, event: Any) -> None:
    listeners.dispatch(event, lambda awaitable: None)


def test_listeners_are_called_in_the_order_of_adding_and_once() -> None:
    seen: list[str] = []
    listeners = Listeners()

    def first(event: MessageEvent) -> None:
        seen.append(f"first {event.data!s}")

    listeners.add("message", first)
    listeners.add("message", lambda: seen.append("second"))
    listeners.add("message", first)
    listeners.add("close", lambda event: seen.append(event.reason))
    dispatch(listeners, MessageEvent("x"))
    assert seen == ["first x", "second"]
    listeners.remove("message", first)
    dispatch(listeners, MessageEvent("y"))
    dispatch(listeners, CloseEvent(1000, "bye"))
    assert seen[2:] == ["second", "bye"]


class Collector:
    """Has listeners of several kinds."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def with_event(self, event: MessageEvent) -> None:
        self.seen.append(event.data)

    def without(self) -> None:
        self.seen.append("without")

    def __call__(self, *events: Any) -> None:
        self.seen.append(len(events))


def test_listeners_of_every_kind() -> None:
    collector = Collector()
    listeners = Listeners()
    listeners.add("message", collector.with_event)
    listeners.add("message", collector.without)
    listeners.add("message", collector)
    listeners.add("message", functools.partial(collector.seen.append, "partial"))
    dispatch(listeners, MessageEvent("x"))
    assert collector.seen[:3] == ["x", "without", 1]


def test_a_bound_method_is_found_again() -> None:
    collector = Collector()
    listeners = Listeners()
    listeners.add("message", collector.with_event)
    assert listeners.has("message")
    listeners.remove("message", collector.with_event)
    assert not listeners.has("message")
    listeners.remove("message", collector.with_event)


def test_a_failing_listener_is_logged_and_the_others_are_called(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    listeners = Listeners()
    listeners.add("message", lambda event: 1 / 0)
    listeners.add("message", lambda event: seen.append(event.data))
    with caplog.at_level(logging.ERROR, "partyserver"):
        dispatch(listeners, MessageEvent("x"))
    assert seen == ["x"]
    assert "ZeroDivisionError" in caplog.text


async def test_what_a_listener_returns_is_awaited() -> None:
    tasks = BackgroundTasks()
    done = asyncio.Event()

    async def listener(event: MessageEvent) -> None:
        done.set()

    listeners = Listeners()
    listeners.add("message", listener)
    listeners.dispatch(MessageEvent("x"), tasks.watch)
    await asyncio.wait_for(done.wait(), 5)


def test_a_type_that_no_event_has_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "partyserver"):
        Listeners().add("mesage", print)
    assert "'mesage'" in caplog.text


def test_what_cannot_listen() -> None:
    listeners = Listeners()
    with pytest.raises(TypeError, match="callable"):
        listeners.add("message", "print")  # type: ignore[arg-type]


def test_close_events_tell_how_it_ended() -> None:
    assert CloseEvent(1006, was_clean=False).type == "close"
    assert CloseEvent(1000).was_clean

"""Playing traffic step by step: late, early and missing events, waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from tests.pkcompat.echo_transport import EchoTransport

from pkcompat.playing.event_log import Pace
from pkcompat.playing.player import play
from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Raw, Send, Step, Traffic, Wait
from pkcompat.traffic.transcript import Answer, Closed, Event, Message, Opened, Refused, StepRecord

PACE = Pace(quiet=0.02, patience=5.0)


def traffic(*steps: Step) -> Traffic:
    return Traffic("p", steps)


def received(*events: Event) -> StepRecord:
    return StepRecord(None, {"a": events})


async def test_each_kind_of_step() -> None:
    transport = EchoTransport()
    transcript = await play(
        traffic(
            Connect("a", "/"),
            Connect("b", "/refused"),
            Send("a", "x"),
            Burst((("a", "1"), ("a", b"2"))),
            Http("POST", "/", (), b"body"),
            Close("a", 4000, "bye"),
            Connect("a", "/"),
            Raw("a", b"\x83"),
            Drop("a"),
        ),
        transport,
        pace=PACE,
    )
    assert transcript == (
        StepRecord(Opened(), {"a": (Message("welcome"),)}),
        StepRecord(Refused(403, b"no")),
        received(Message("x")),
        received(Message("1"), Message(b"2")),
        StepRecord(Answer(200, (), b"body")),
        StepRecord(),
        StepRecord(Opened(), {"a": (Message("welcome"),)}),
        received(Closed(1002, "raw")),
        StepRecord(),
    )
    assert transport.done == [
        ("a", "x"),
        ("a", "1"),
        ("a", b"2"),
        ("a", ("close", 4000, "bye")),
        ("a", ("raw", b"\x83")),
        ("a", "drop"),
    ]


async def test_what_a_client_without_a_connection_does_is_nothing() -> None:
    steps = [Connect("a", "/refused"), Send("a", "x"), Raw("a", b"x"), Close("a"), Drop("a"), Send("a", "x")]
    transport = EchoTransport()
    await play(traffic(*steps), transport, pace=PACE)
    assert transport.done == []


async def test_a_late_event_belongs_to_the_step_in_which_it_comes() -> None:
    steps = traffic(Connect("a", "/"), Send("a", "later 100 x"), Wait(0.2))
    transcript = await play(steps, EchoTransport(), pace=PACE)
    assert transcript[1:] == (StepRecord(), received(Message("x")))


async def test_an_expected_event_is_waited_for() -> None:
    steps = traffic(Connect("a", "/"), Send("a", "later 200 x"), Send("a", "y"))
    expected = (StepRecord(), received(Message("x")), received(Message("y")))
    transcript = await play(steps, EchoTransport(), pace=PACE, expected=expected)
    assert transcript[1:] == expected[1:]


async def test_patience_ends_with_the_first_event_that_does_not_come() -> None:
    steps = traffic(Connect("a", "/"), *[Wait(0)] * 20)
    expected = (StepRecord(), *[received(Message("never"))] * 20)
    async with asyncio.timeout(4):
        transcript = await play(steps, EchoTransport(), pace=Pace(0.01, 0.5), expected=expected)
    assert transcript[1:] == (StepRecord(),) * 20


@pytest.mark.parametrize("seconds", [0.05, 0.1])
async def test_a_wait_is_waited_in_full(seconds: float) -> None:
    now: Callable[[], float] = asyncio.get_running_loop().time
    begun = now()
    await play(traffic(Wait(seconds)), EchoTransport(), pace=Pace(0.0, 0.0))
    assert now() - begun >= seconds


async def test_the_watcher_is_told_of_each_step() -> None:
    seen: list[tuple[int, StepRecord]] = []
    transcript = await play(
        traffic(Connect("a", "/"), Send("a", "x")),
        EchoTransport(),
        pace=PACE,
        watcher=lambda index, record: seen.append((index, record)),
    )
    assert seen == list(enumerate(transcript))


async def test_an_event_that_comes_early_belongs_to_the_step_where_it_is_expected() -> None:
    steps = traffic(Connect("a", "/"), Send("a", "later 1 ring"), Wait(0.0))
    expected = (
        StepRecord(Opened(), {"a": (Message("welcome"),)}),
        StepRecord(),
        received(Message("ring")),
    )
    assert await play(steps, EchoTransport(), pace=PACE, expected=expected) == expected
    unlike = (*expected[:2], received(Message("other")))
    assert (await play(steps, EchoTransport(), pace=PACE, expected=unlike))[1] == received(Message("ring"))

"""Clients of a replay: performing steps, recording events."""

from __future__ import annotations

from tests.pkcompat.echo_transport import EchoTransport

from pkcompat.playing.clients import Clients
from pkcompat.playing.event_log import EventLog
from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Raw, Send, Step, Wait
from pkcompat.traffic.transcript import Answer, Message, Opened, Refused, Result


async def acted(transport: EchoTransport, *steps: Step) -> tuple[list[Result], EventLog, list[None]]:
    log, news = EventLog(), list[None]()
    clients = Clients(transport, log, lambda: news.append(None))
    return [await clients.act(step) for step in steps], log, news


async def test_what_steps_say_is_done() -> None:
    transport = EchoTransport()
    results, _, _ = await acted(
        transport,
        Connect("a", "/party/r"),
        Send("a", "1"),
        Burst((("a", "2"), ("a", b"3"))),
        Raw("a", b"4"),
        Wait(0.0),
        Http("PUT", "/party/r", (), b"body"),
        Close("a", 4000, "bye"),
        Send("a", "nobody sends this"),
        Connect("a", "/party/r"),
        Drop("a"),
    )
    done: list[object] = ["1", "2", b"3", ("raw", b"4"), ("close", 4000, "bye"), "drop"]
    assert transport.done == [("a", what) for what in done]
    told = [result for result in results if result is not None]
    assert told == [Opened(), Answer(200, (), b"body"), Opened()]


async def test_what_is_received_is_taken_down_and_told() -> None:
    _, log, news = await acted(EchoTransport(), Connect("a", "/party/r"), Send("a", "x"))
    assert log.take() == {"a": (Message("welcome"), Message("x"))}
    assert len(news) == 2


async def test_who_is_refused_is_not_connected() -> None:
    transport = EchoTransport()
    results, log, _ = await acted(transport, Connect("a", "/refused"), Send("a", "1"))
    assert results == [Refused(403, b"no"), None]
    assert transport.done == []
    assert log.take() == {}

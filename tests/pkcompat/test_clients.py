from __future__ import annotations

from types import TracebackType
from typing import Self

from pkcompat.clients import Clients
from pkcompat.event_log import EventLog
from pkcompat.traffic import Burst, Close, Connect, Data, Drop, Http, Raw, Send, Step, Wait
from pkcompat.transcript import Answer, Message, Opened, Refused, Result, Unanswered
from pkcompat.transports import Receiver


class FakeConnection:
    def __init__(self, done: list[object]) -> None:
        self._done = done

    async def send(self, data: Data) -> None:
        self._done.append(data)

    async def close(self, step: Close) -> None:
        self._done.append(step)

    async def drop(self) -> None:
        self._done.append("drop")

    async def raw(self, data: bytes) -> None:
        self._done.append(("raw", data))


class FakeTransport:
    def __init__(self) -> None:
        self.done: list[object] = []
        self.receivers: list[Receiver] = []

    async def connect(
        self, step: Connect, receiver: Receiver
    ) -> tuple[Opened, FakeConnection] | tuple[Refused | Unanswered, None]:
        if step.path == "/no":
            return Refused(404, b""), None
        self.receivers.append(receiver)
        return Opened(), FakeConnection(self.done)

    async def request(self, step: Http) -> Answer | Unanswered:
        return Answer(200, (), step.method.encode())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


async def acted(transport: FakeTransport, *steps: Step) -> tuple[list[Result], EventLog, list[None]]:
    log, news = EventLog(), list[None]()
    clients = Clients(transport, log, lambda: news.append(None))
    return [await clients.act(step) for step in steps], log, news


async def test_what_steps_say_is_done() -> None:
    transport = FakeTransport()
    results, _, _ = await acted(
        transport,
        Connect("a", "/party/r"),
        Send("a", "1"),
        Burst((("a", "2"), ("a", b"3"))),
        Raw("a", b"4"),
        Wait(0.0),
        Http("PUT", "/party/r"),
        Close("a", 4000, "bye"),
        Send("a", "nobody sends this"),
        Connect("a", "/party/r"),
        Drop("a"),
    )
    assert transport.done == ["1", "2", b"3", ("raw", b"4"), Close("a", 4000, "bye"), "drop"]
    assert [result for result in results if result is not None] == [
        Opened(),
        Answer(200, (), b"PUT"),
        Opened(),
    ]


async def test_what_is_received_is_taken_down_and_told() -> None:
    transport = FakeTransport()
    _, log, news = await acted(transport, Connect("a", "/party/r"))
    transport.receivers[0](Message("hello"))
    assert log.take() == {"a": (Message("hello"),)}
    assert len(news) == 1


async def test_who_is_refused_is_not_connected() -> None:
    transport = FakeTransport()
    results, _, _ = await acted(transport, Connect("a", "/no"), Send("a", "1"))
    assert results == [Refused(404, b""), None]
    assert transport.done == []

"""A link between two nodes, without a network."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.partyserver.in_process import until

from partyserver.cluster import Node
from partyserver.cluster.passing.link import FULL, Link, Stream
from partyserver.cluster.passing.messages import Ask, Connect, Part, Said, batch, encode
from partyserver.cluster.passing.pieces import cut
from partyserver.exceptions import NotOwnerError


class Pipe:
    """One end of a channel whose other end is a `Pipe`, too."""

    def __init__(self) -> None:
        self.other: Pipe | None = None
        self.came: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.writable = asyncio.Event()
        self.writable.set()
        self.frames = 0

    async def send(self, data: bytes) -> None:
        await self.writable.wait()
        self.frames += 1
        if self.other is not None:
            self.other.came.put_nowait(data)

    async def receive(self) -> bytes | None:
        return await self.came.get()

    async def close(self) -> None:
        if self.other is not None:
            self.other.came.put_nowait(None)


class Kept(Stream):
    """Keeps what it gets."""

    def __init__(self, link: Link, number: int) -> None:
        super().__init__(link, number)
        self.messages: list[Any] = []

    def got(self, message: Any) -> None:
        self.messages.append(message)
        if message == Said(self.id, "fail"):
            raise ValueError("a handler failed")

    def lost(self, *, delivered: bool) -> None:
        self.messages.append(("lost", delivered))


class Ends:
    """Opens a `Kept` for each stream."""

    def __init__(self) -> None:
        self.opened_streams: list[Kept] = []
        self.ended = 0

    def opened(self, link: Link, message: Connect | Ask) -> None:
        stream = Kept(link, message.id)
        link.streams[message.id] = stream
        self.opened_streams.append(stream)

    def link_ended(self, link: Link) -> None:
        self.ended += 1


def pair(silence: float = 20.0, idle: float = 60.0) -> tuple[Link, Link, Ends, Ends]:
    """Both ends of a link; the first has dialed."""
    pipes, ends = (Pipe(), Pipe()), (Ends(), Ends())
    pipes[0].other, pipes[1].other = pipes[1], pipes[0]
    links = [
        Link(pipe, Node(number, f"127.0.0.1:{number}"), end, dialed=not number, silence=silence, idle=idle)
        for number, (pipe, end) in enumerate(zip(pipes, ends, strict=True))
    ]
    for link in links:
        link.start()
    return links[0], links[1], *ends


def ask(link: Link) -> Kept:
    stream = Kept(link, link.number())
    link.open(stream, Ask(stream.id, "main", "room", {}))
    return stream


async def test_both_sides_open_streams_whose_messages_keep_their_order() -> None:
    first, second, first_ends, second_ends = pair()
    streams = [ask(link) for link in (first, second) for _ in range(3)]
    assert len({stream.id for stream in streams}) == 6
    for number in range(100):
        for stream in streams:
            stream.link.send(Said(stream.id, f"{number}"))
    opened = lambda: first_ends.opened_streams + second_ends.opened_streams  # noqa: E731
    await until(lambda: len(opened()) == 6 and all(len(stream.messages) == 100 for stream in opened()))
    for stream in opened():
        assert [message.data for message in stream.messages] == [f"{number}" for number in range(100)]
    channel: Any = first._channel
    assert channel.frames < 3
    first.end("")
    second.end("")


async def test_a_long_message_goes_in_pieces() -> None:
    first, _, _, ends = pair()
    stream = ask(first)
    data = bytes(range(256)) * 20_000
    first.send(Part(stream.id, data, more=False))
    await until(lambda: ends.opened_streams and ends.opened_streams[0].messages)
    assert ends.opened_streams[0].messages == [Part(stream.id, data, more=False)]
    first.end("")


async def test_the_end_of_a_link_ends_its_streams_on_both_sides() -> None:
    first, second, first_ends, second_ends = pair()
    sent = ask(first)
    await until(lambda: second_ends.opened_streams)
    unsent = ask(first)
    first.end("cut")
    assert sent.messages == [("lost", True)]
    assert unsent.messages == [("lost", False)]
    await until(lambda: second_ends.ended)
    assert second_ends.opened_streams[0].messages == [("lost", True)]
    assert first_ends.ended == 1
    assert not second.is_usable
    with pytest.raises(NotOwnerError):
        ask(first)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"text",
        b"\0garbage",
        b"\0" + batch([b"\x93\x01\x02\x03"], 1),
        b"\0" + batch([encode(Said(1, "x"))], 2),
        b"\0" + batch([encode(Said(1, "x"))[:-2] + b"\xc0"], 1),
    ],
)
async def test_garbage_ends_a_link(garbage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    first, second, _, ends = pair()
    channel: Any = second._channel
    channel.came.put_nowait(garbage)
    await until(lambda: ends.ended)
    assert "cannot be read" in caplog.text
    first.end("")


async def test_a_stream_that_fails_costs_nothing_but_its_message(caplog: pytest.LogCaptureFixture) -> None:
    first, _, _, ends = pair()
    stream = ask(first)
    for text in ("a", "fail", "b"):
        first.send(Said(stream.id, text))
    await until(lambda: ends.opened_streams and len(ends.opened_streams[0].messages) == 3)
    assert "cannot be handled" in caplog.text
    first.end("")


async def test_a_node_that_says_nothing_is_taken_for_dead(caplog: pytest.LogCaptureFixture) -> None:
    first, second, ends, _ = pair(silence=0.2)
    stream = ask(first)
    channel: Any = second._channel
    channel.writable.clear()  # it is stopped
    await until(lambda: ends.ended)
    assert stream.messages == [("lost", True)]
    assert "nothing was heard" in caplog.text
    second.end("")


async def test_a_link_without_streams_ends_and_one_with_streams_stays() -> None:
    first, second, first_ends, second_ends = pair(silence=0.2, idle=0.1)
    stream = ask(second)
    await asyncio.sleep(0.5)
    assert (first_ends.ended, second_ends.ended) == (0, 0)
    for link in (first, second):
        link.streams.pop(stream.id)
    await until(lambda: first_ends.ended and second_ends.ended)


async def test_those_who_fill_a_link_are_told_when_it_is_free() -> None:
    class Waiting:
        is_free = False

        def link_is_free(self) -> None:
            self.is_free = True

    first, _, _, ends = pair()
    stream, waiting = ask(first), Waiting()
    await until(lambda: ends.opened_streams)
    channel: Any = first._channel
    channel.writable.clear()
    first.send(Said(stream.id, "x" * (FULL + 1)))
    assert first.is_full
    first.wait(waiting)
    await asyncio.sleep(0)
    assert not waiting.is_free
    channel.writable.set()
    await until(lambda: waiting.is_free)
    assert not first.is_full
    first.end("")


def test_pieces_of_a_batch_are_what_a_link_takes() -> None:
    assert [piece[:1] for piece in cut(batch([encode(Said(1, "x"))], 1))] == [b"\0"]

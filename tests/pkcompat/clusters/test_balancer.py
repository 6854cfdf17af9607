"""The balancer: whose turn it is, nodes that are away, and faults on request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pkcompat.clusters import Balancer, balancing
from pkcompat.clusters.balancer import Node


class Echo:
    """A node that says its name first, and then what it is told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.server: asyncio.Server | None = None
        self.ended = asyncio.Event()

    async def start(self, port: int = 0) -> Node:
        self.server = await asyncio.start_server(self.answer, "127.0.0.1", port)
        return ("127.0.0.1", self.server.sockets[0].getsockname()[1])

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{self.name}\n".encode())
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        self.ended.set()
        writer.close()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def line(self) -> str:
        return (await asyncio.wait_for(self.reader.readline(), 20)).decode().rstrip()


@asynccontextmanager
async def client(balancer: Balancer) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", balancer.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


async def names(balancer: Balancer, number: int) -> list[str]:
    found = []
    for _ in range(number):
        async with client(balancer) as one:
            found.append(await one.line())
    return found


@pytest.fixture
async def echoes() -> AsyncIterator[dict[str, tuple[Echo, Node]]]:
    started = {name: Echo(name) for name in ("a", "b", "c")}
    yield {name: (echo, await echo.start()) for name, echo in started.items()}
    for echo in started.values():
        assert echo.server is not None
        echo.server.close()


async def test_each_connection_goes_to_the_next_node(echoes: dict[str, tuple[Echo, Node]]) -> None:
    async with balancing([node for _, node in echoes.values()]) as balancer:
        assert await names(balancer, 6) == ["a", "b", "c", "a", "b", "c"]
        assert set(balancer.counts.values()) == {2}
        balancer.only = echoes["b"][1]
        assert await names(balancer, 3) == ["b", "b", "b"]


async def test_a_node_that_refuses_is_skipped_and_found_again(echoes: dict[str, tuple[Echo, Node]]) -> None:
    async with balancing([node for _, node in echoes.values()]) as balancer:
        gone, node = echoes["b"]
        assert gone.server is not None
        gone.server.close()
        await gone.server.wait_closed()
        assert await names(balancer, 4) == ["a", "c", "c", "a"]
        await gone.start(node[1])
        assert "b" in await names(balancer, 3)


async def test_a_connection_waits_for_a_node_that_starts(echoes: dict[str, tuple[Echo, Node]]) -> None:
    async with balancing([]) as balancer:
        async with client(balancer) as one:
            balancer.nodes.append(echoes["a"][1])
            assert await one.line() == "a"
    async with balancing([], patience=0) as balancer:
        async with client(balancer) as one:
            assert await one.line() == ""


async def test_a_megabyte_and_the_end_of_one_direction_pass(echoes: dict[str, tuple[Echo, Node]]) -> None:
    async with balancing([echoes["a"][1]]) as balancer:
        async with client(balancer) as one:
            assert await one.line() == "a"
            data = bytes(range(256)) * 4096
            one.writer.write(data)
            one.writer.write_eof()
            assert await asyncio.wait_for(one.reader.read(-1), 20) == data


async def test_what_is_cut_ends_at_both_ends(echoes: dict[str, tuple[Echo, Node]]) -> None:
    async with balancing([echoes["a"][1], echoes["b"][1]]) as balancer:
        async with client(balancer) as one, client(balancer) as two:
            assert {await one.line(), await two.line()} == {"a", "b"}
            balancer.cut(echoes["a"][1])
            cut, left = (one, two) if await ended(one, 0.2) else (two, one)
            assert await ended(cut, 20)
            await asyncio.wait_for(echoes["a"][0].ended.wait(), 20)
            left.writer.write(b"still\n")
            assert await left.line() == "still"


async def test_what_is_held_arrives_later(echoes: dict[str, tuple[Echo, Node]]) -> None:
    async with balancing([echoes["a"][1]]) as balancer:
        async with client(balancer) as one:
            assert await one.line() == "a"
            balancer.hold()
            one.writer.write(b"late\n")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(one.reader.readline(), 0.1)
            balancer.release()
            assert await one.line() == "late"


async def ended(one: Client, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(one.reader.read(1), seconds) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False

"""Calls that are made while others are on their way go together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from partyserver.exceptions import ClusterError

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Group(Generic[Asked, Answer]):
    """Sends what is asked in batches, one after another.

    Args:
        send: answers a batch, each in its place; an exception in one's place is raised to the one who asked.
        most: how many go together at most.
    """

    def __init__(
        self, send: Callable[[list[Asked]], Awaitable[Sequence[Answer | Exception]]], most: int = 1_000
    ) -> None:
        self._send = send
        self._most = most
        self._waiting: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()
        self._sender: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Answer:
        """Ask, with others; the caller may go away, what it asked for is done all the same."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._run())
        return await future

    async def close(self) -> None:
        """Send nothing more; those who wait get a `ClusterError`."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.wait({self._sender})

    async def _run(self) -> None:
        batch: list[tuple[Asked, asyncio.Future[Answer]]] = []
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
                try:
                    answers = await self._send([asked for asked, _ in batch])
                except Exception as error:
                    answers = [error] * len(batch)
                for (_, future), answer in zip(batch, answers, strict=True):
                    _settle(future, answer)
        except asyncio.CancelledError:
            for _, future in (*batch, *self._waiting):
                _settle(future, ClusterError("the connection to the cluster's database is closed"))
            self._waiting.clear()
            raise


def _settle(future: asyncio.Future[Answer], answer: Answer | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)

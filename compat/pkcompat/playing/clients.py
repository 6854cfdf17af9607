"""The clients of a host: they carry out steps, and what they receive is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pkcompat.playing.event_log import EventLog
from pkcompat.playing.transport import Connection, Transport
from pkcompat.traffic import Burst, Close, Connect, Drop, Event, Http, Raw, Result, Send, Step, Wait


class Clients:
    """The clients of one transport; none is connected at first.

    Args:
        transport: the way to the host, already entered.
        log: records what they receive.
        on_news: called after each event that one of them received.
    """

    def __init__(self, transport: Transport, log: EventLog, on_news: Callable[[], None]) -> None:
        self._transport = transport
        self._log = log
        self._on_news = on_news
        self._connections: dict[str, Connection] = {}

    async def act(self, step: Step) -> Result:
        """Carry out a step, and return the result of a handshake or a request."""
        match step:
            case Connect():
                return await self._connect(step)
            case Http():
                return await self._transport.request(step)
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Send(client, data):
                await self._send(client, data)
            case Burst(sends):
                for client, data in sends:
                    await self._send(client, data)
            case Raw(client, data):
                if connection := self._connections.get(client):
                    await connection.raw(data)
            case Close(client):
                self._log.left(client)
                if connection := self._connections.pop(client, None):
                    await connection.close(step)
            case Drop(client):
                self._log.left(client)
                if connection := self._connections.pop(client, None):
                    await connection.drop()
        return None

    async def _connect(self, step: Connect) -> Result:
        number = self._log.opened(step.client)  # before the handshake, during which events may already come

        def receive(event: Event) -> None:
            self._log.received(number, event, asyncio.get_running_loop().time())
            self._on_news()

        result, connection = await self._transport.connect(step, receive)
        if connection is None:
            self._log.left(step.client)
            self._connections.pop(step.client, None)
        else:
            self._connections[step.client] = connection
        return result

    async def _send(self, client: str, data: str | bytes) -> None:
        if connection := self._connections.get(client):
            await connection.send(data)

"""A transport to a host that sends everything back."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from pkcompat.playing.transport import Receiver
from pkcompat.traffic.steps import Close, Connect, Data, Http
from pkcompat.traffic.transcript import Answer, Closed, Message, Opened, Refused, Unanswered


class EchoConnection:
    """Sends everything back; `later N x` after N milliseconds."""

    def __init__(self, transport: EchoTransport, client: str, receiver: Receiver) -> None:
        self._transport = transport
        self._client = client
        self._receiver = receiver

    def _note(self, what: object) -> None:
        self._transport.done.append((self._client, what))

    async def send(self, data: Data) -> None:
        self._note(data)
        if isinstance(data, str) and data.startswith("later "):
            _, milliseconds, text = data.split(" ")
            asyncio.get_running_loop().call_later(int(milliseconds) / 1000, self._receiver, Message(text))
        else:
            self._receiver(Message(data))

    async def close(self, step: Close) -> None:
        self._note(("close", step.code, step.reason))
        self._receiver(Closed(1000, "echoed"))

    async def drop(self) -> None:
        self._note("drop")

    async def raw(self, data: bytes) -> None:
        self._note(("raw", data))
        self._receiver(Closed(1002, "raw"))


class EchoTransport:
    """Lets everybody in but those who ask for `/refused`.

    Attributes:
        done: what clients did, as (client, what) pairs.
    """

    def __init__(self) -> None:
        self.done: list[object] = []

    async def connect(
        self, step: Connect, receiver: Receiver
    ) -> tuple[Opened, EchoConnection] | tuple[Refused | Unanswered, None]:
        if step.path == "/refused":
            return Refused(403, b"no"), None
        receiver(Message("welcome"))
        return Opened(), EchoConnection(self, step.client, receiver)

    async def request(self, step: Http) -> Answer:
        return Answer(200, (), step.body)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

"""People who talk, reconnect when their socket ends, and remember what they were told."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

RECONNECT_AFTER = 0.1  # seconds
ANSWER_WITHIN = 10.0  # seconds, after which a line is sent again over a new socket
PAUSE = 0.05  # seconds between two lines


@dataclass
class Heard:
    """A line that somebody was sent.

    Attributes:
        at: when, by the monotonic clock.
        number: the line's number in the room.
        said: the line's id.
        process: the process of the room's owner, None for an answer that was given again.
    """

    at: float
    number: int
    said: str
    process: int | None


@dataclass
class Talker:
    """Somebody who says one line after the other, and says it again until it is acknowledged.

    Attributes:
        name: who it is.
        url: the room.
        acknowledged: by the id of each line the number that it got.
        sockets: what was heard on each socket, in order.
        closes: the codes that sockets ended with.
    """

    name: str
    url: str
    acknowledged: dict[str, int] = field(default_factory=dict)
    sockets: list[list[Heard]] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)

    async def talk(self, until: asyncio.Event) -> None:
        """Talk until the event is set, and the last line is acknowledged."""
        while True:
            said = f"{self.name}-{len(self.acknowledged) + 1}"
            if until.is_set():
                return
            while said not in self.acknowledged:
                try:
                    async with connect(self.url, proxy=None, open_timeout=ANSWER_WITHIN) as socket:
                        await self._talk(socket, said, until)
                        return
                except (OSError, TimeoutError, WebSocketException) as error:
                    if getattr(error, "rcvd", None) is not None:
                        self.closes.append(error.rcvd.code)  # type: ignore[attr-defined]
                await asyncio.sleep(RECONNECT_AFTER)

    async def _talk(self, socket: ClientConnection, said: str, until: asyncio.Event) -> None:
        heard: list[Heard] = []
        self.sockets.append(heard)
        while True:
            await socket.send(json.dumps({"id": said, "text": f"{self.name} talks"}))
            async with asyncio.timeout(ANSWER_WITHIN):
                while said not in self.acknowledged:
                    self._hear(json.loads(await socket.recv()), heard)
            if until.is_set():
                return
            with contextlib.suppress(TimeoutError):  # others talk meanwhile
                async with asyncio.timeout(PAUSE):
                    while True:
                        self._hear(json.loads(await socket.recv()), heard)
            said = f"{self.name}-{len(self.acknowledged) + 1}"

    def _hear(self, line: dict[str, Any], heard: list[Heard]) -> None:
        heard.append(Heard(time.monotonic(), line["number"], line["id"], line.get("process")))
        if line["id"].startswith(f"{self.name}-"):
            self.acknowledged[line["id"]] = line["number"]


def faults(talkers: list[Talker], kept: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong with what a room has kept, and with what its people heard of it."""
    numbers = [line["number"] for line in kept]
    if numbers != list(range(1, len(kept) + 1)):
        yield f"the kept lines are not numbered 1 to {len(kept)}"
    by_id = {line["id"]: line["number"] for line in kept}
    if len(by_id) != len(kept):
        yield f"{len(kept) - len(by_id)} lines are kept twice"
    for talker in talkers:
        for said, number in talker.acknowledged.items():
            if by_id.get(said) != number:
                yield f"{said} was acknowledged as line {number}, and is kept as {by_id.get(said)}"
        for heard in talker.sockets:
            live = [line.number for line in heard if line.process is not None]
            if any(later != sooner + 1 for sooner, later in itertools.pairwise(live)):
                yield f"{talker.name} was sent lines out of order, or with gaps: {_around_a_gap(live)}"
            for line in heard:
                if by_id.get(line.said) != line.number:
                    yield f"{talker.name} heard {line.said} as line {line.number}, which is not kept so"


def _around_a_gap(numbers: list[int]) -> str:
    gap = next(at for at, (sooner, later) in enumerate(itertools.pairwise(numbers)) if later != sooner + 1)
    return ", ".join(map(str, numbers[max(0, gap - 2) : gap + 4]))

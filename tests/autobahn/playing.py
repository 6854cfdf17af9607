"""Plays cases against an echo, on bare sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterable

from tests.autobahn.cases import Answer, Case
from tests.autobahn.frames import BINARY, CLOSE, CONT, PONG, TEXT, close, read_frames
from tests.autobahn.testsuite_client import Result

PATIENCE = 20.0
"""Seconds for an answer, or an end."""

AT_ONCE = 20
"""Cases that are played side by side."""

_EXTENSIONS = "Sec-WebSocket-Extensions"
_HANDSHAKE = (
    "GET /party/{room} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extensions}\r\n"
)


class Player:
    """A client that plays one case.

    Attributes:
        answers: the messages and pongs that have come.
        code: that of the close that has come; 1005 if it had none, 0 if none has come.
    """

    def __init__(self, case: Case, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._case = case
        self._data = bytearray()
        self._enough = asyncio.Event()  # all answers have come, or the end
        self._message: list[bytes] = []
        self._opcode = 0
        self.answers: list[Answer] = []
        self.code = 0

    async def play(self, *, strict: bool) -> str:
        """Play the case; returns what is wrong, or nothing.

        Args:
            strict: whether an answer may not be missing because the end came in the same packet.
        """
        case = self._case
        reading = asyncio.create_task(self._read())
        for packet in case.packets:
            with contextlib.suppress(OSError):  # the server may have enough of it
                self._writer.write(packet)
                await self._writer.drain()
            if len(case.packets) > 1:
                await asyncio.sleep(0)
        if not case.codes:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._enough.wait(), PATIENCE if case.answers else 0)
            self._writer.write(close())
        try:
            await asyncio.wait_for(reading, PATIENCE)
        except TimeoutError:
            return f"the server did not close; it had sent {len(self.answers)} answers and {self.code}"
        return self._problem(strict)

    def _problem(self, strict: bool) -> str:
        case, answers = self._case, tuple(self.answers)
        some = case.optional and not strict
        right = answers == (case.answers[: len(answers)] if some else case.answers)
        if not right:
            shown = [(opcode, payload[:30], len(payload)) for opcode, payload in answers[:4]]
            return f"{len(answers)} answers, not {len(case.answers)}: {shown}"
        codes = case.codes or {1000}
        return "" if self.code in codes else f"closed with {self.code}, not {sorted(codes)}"

    async def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self._reader.read(1 << 20):
                self._data += data
                for opcode, fin, payload in read_frames(self._data):
                    self._receive(opcode, fin, payload)
                if len(self.answers) >= len(self._case.answers):
                    self._enough.set()
        self._enough.set()

    def _receive(self, opcode: int, fin: bool, payload: bytes) -> None:
        if opcode == CLOSE:
            self.code = int.from_bytes(payload[:2], "big") or 1005
        elif opcode in (TEXT, BINARY, CONT):
            self._opcode = opcode or self._opcode
            self._message.append(payload)
            if fin:
                self.answers.append((self._opcode, b"".join(self._message)))
                self._message = []
        elif opcode == PONG:
            self.answers.append((PONG, payload))


async def play(case: Case, port: int, *, strict: bool, extensions: str = "") -> Result:
    """Play a case.

    Args:
        case: the case.
        port: where the echo is, on the loopback.
        strict: as with `Player.play`.
        extensions: what the client offers.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        writer.write(
            _HANDSHAKE.format(
                room=case.name, extensions=extensions and f"{_EXTENSIONS}: {extensions}\r\n"
            ).encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head:
            return Result(case.name, f"no handshake: {head[:80]!r}", "OK")
        problem = await Player(case, reader, writer).play(strict=strict)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return Result(case.name, problem or "OK", "OK")


async def play_all(cases: Iterable[Case], port: int, *, strict: bool) -> list[Result]:
    """Play cases side by side; the results are in their order."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def in_turn(case: Case) -> Result:
        async with gate:
            return await play(case, port, strict=strict)

    return list(await asyncio.gather(*(in_turn(case) for case in cases)))

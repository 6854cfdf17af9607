"""Carries a socket's messages over an ASGI server."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from starlette.types import Message as AsgiMessage
from starlette.types import Send

from partyserver.background import BackgroundTasks
from partyserver.storage import STORAGE_FAILED, Commit, CommitGate
from partyserver.wire import (
    ABNORMAL,
    CLOSE_TIMEOUT,
    CLOSED_WITHIN,
    LOOK_EVERY,
    TOO_SLOW,
    UNBOUNDED,
    Backlog,
    Bounds,
    Data,
    FrameWriter,
    TakenOver,
    TcpConnection,
    Verdict,
    encode_frame,
)

logger = logging.getLogger("partyserver")


class Carried(Protocol):
    """The socket whose messages are carried."""

    def is_too_slow(self, queued: int) -> None:
        """Its peer does not read what is sent, of which so many bytes wait, and it is closed for that."""


class AsgiTransport:
    """A queue of outgoing messages, emptied by a task that lives while there are any. Where the ASGI server
    has a `FrameWriter` a message that need not wait goes there, without queue and task.

    Until `accept` everything waits: the handshake is answered once `on_connect` is done. So does what was
    sent after a write to storage, until that is committed (the output gate).

    Attributes:
        closed: whether this side has closed the WebSocket.
        bounds: what the WebSocket may take.
    """

    __slots__ = (
        "_abandoned",
        "_accepted",
        "_backlog",
        "_carried",
        "_closing",
        "_failed",
        "_frames",
        "_gate",
        "_gone",
        "_queue",
        "_queued",
        "_send",
        "_sent",
        "_tasks",
        "_tcp",
        "_writer",
        "bounds",
        "closed",
    )

    def __init__(
        self,
        send: Send,
        gate: CommitGate,
        tasks: BackgroundTasks | None = None,
        *,
        bounds: Bounds = UNBOUNDED,
    ) -> None:
        """
        Args:
            send: of the ASGI server.
            gate: tells what has to be committed before a message leaves.
            tasks: runs the task.
            bounds: how much may wait.
        """
        self._send = send
        self._frames: FrameWriter | None = None  # once the application has taken the WebSocket over
        self._gate = gate
        self._tasks = tasks or BackgroundTasks()
        # None where nothing waits: an empty deque takes 0.6 KB.
        self._queue: deque[tuple[AsgiMessage, Commit | None]] | None = None
        self._writer: asyncio.Task[None] | None = None  # empties the queue
        self._accepted = False  # whether the handshake is answered
        self._gone = False  # whether the peer has gone
        self._failed = False  # whether `fail` was called: its close is the last message
        self._sent = 0  # messages of the queue that the ASGI server has taken
        self._tcp: TcpConnection | None = None  # if the ASGI server tells
        self._abandoned: Callable[[int, str], None] | None = None  # see `run_over`
        self._carried: Carried | None = None
        self.bounds = bounds
        self._queued = 0  # bytes of the queue
        self._backlog: Backlog | None = None  # while too much waits
        self._closing: asyncio.TimerHandle | None = None  # until the close has to be sent
        self.closed = False

    @property
    def is_settled(self) -> bool:
        """Whether nothing is queued here."""
        return self._writer is None and not self._queue

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait to be sent, as far as the ASGI server tells."""
        return self._queued + self._unsent

    @property
    def frames(self) -> FrameWriter | None:
        """Takes frames, if the ASGI server has a `FrameWriter` and nothing is queued here that goes first."""
        return self._frames if self._queue is None else None

    def send(self, message: Data) -> None:
        if self._frames is not None and self._queue is None and self._gate.pending is None:
            self._frames.put(encode_frame(message))
            return
        kind = "text" if isinstance(message, str) else "bytes"
        if isinstance(message, str) and not message.isascii():
            message.encode()  # half of a surrogate pair is an error here, not when the queue gets to it
        self._put({"type": "websocket.send", kind: message})

    def close(self, code: int | None, reason: str) -> None:
        self._put({"type": "websocket.close", "code": code, "reason": reason})
        self._await_close(CLOSE_TIMEOUT)

    def fail(self, code: int, reason: str) -> None:
        """Drop what is queued, and close at once, whether or not storage has more to commit. A second call
        does nothing."""
        if self._failed:
            return
        self._drop()
        if self._frames is not None:
            self._frames.drop()
        self._put({"type": "websocket.close", "code": code, "reason": reason}, gated=False)
        self._failed = True
        self._await_close(CLOSE_TIMEOUT)

    async def drain(self) -> None:
        if self._writer is not None:
            await asyncio.shield(self._writer)
        elif self._frames is not None:
            await self._frames.drained()

    async def accept(self, answer: AsgiMessage | None = None) -> None:
        """Answer the handshake, then send what is queued.

        Args:
            answer: the `websocket.accept` message, where it has a subprotocol or headers.

        Raises:
            OSError: the peer has gone.
        """
        await self._send(answer or {"type": "websocket.accept"})
        self._accepted = True
        self._start_writer()

    def run_over(
        self, carried: Carried, tcp: TcpConnection | None, abandoned: Callable[[int, str], None]
    ) -> None:
        """Give up a peer that does not read.

        Args:
            carried: is told of that.
            tcp: what carries the WebSocket, if the ASGI server tells: it is closed.
            abandoned: called with the code and reason of the end where it cannot be: the ASGI server goes on
                as it likes.
        """
        self._carried = carried
        self._tcp = tcp
        self._abandoned = abandoned

    def send_by(self, carried: Carried, taken_over: TakenOver) -> None:
        """Send in another way from now on; a peer that does not read is given up, and `carried` told."""
        self._carried = carried
        self._send = taken_over.send
        self._frames = taken_over.frames
        self._tcp = taken_over.tcp

    def queue_full(self) -> None:
        """More waits than may: see whether the peer keeps up."""
        if self._backlog is None and self._closing is None and not self._gone:
            self._backlog = Backlog(self.bounds.max_queue)
            asyncio.get_running_loop().call_later(LOOK_EVERY, self._look)

    async def reject(self, code: int, reason: str, answer: AsgiMessage | None = None) -> None:
        """Answer the handshake (see `accept`), and close; nothing that is queued is sent."""
        self._gone = True
        self._drop()
        if (commit := self._gate.pending) is not None:
            await asyncio.wait([commit])  # the reason may reveal what was written
        await self._send(answer or {"type": "websocket.accept"})
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def peer_has_gone(self) -> None:
        """Drop what is queued, and whatever is sent from now on."""
        self._gone = True
        self._drop()
        self._frames = None
        self._tcp = self._abandoned = self._carried = self._backlog = None
        self._close_sent()

    def _drop(self) -> None:
        self._queue, self._queued = None, 0

    def _look(self) -> None:
        """Judge the peer, unless it is this side that holds the messages back, or closes anyway."""
        if self._backlog is None or self._gone or self._closing is not None:
            self._backlog = None
            return
        verdict, queued = Verdict.UNDECIDED, self._queued + self._unsent
        if self._accepted and not self._waits_for_commit:
            verdict = self._backlog.look(queued)
        if verdict is Verdict.UNDECIDED:
            asyncio.get_running_loop().call_later(LOOK_EVERY, self._look)
            return
        self._backlog = None
        if verdict is Verdict.TOO_SLOW:
            if self._carried is not None:
                self._carried.is_too_slow(queued)
            self._give_up(*TOO_SLOW)

    def _give_up(self, code: int, reason: str) -> None:
        """End the WebSocket although its peer does not read."""
        if self._tcp is not None:
            self._drop()
            self._tcp.fail(code, reason, CLOSED_WITHIN)
        elif self._abandoned is not None:
            if self._writer is not None:
                self._writer.cancel()
            self._abandoned(code, reason)

    def _await_close(self, timeout: float) -> None:
        """Give the peer up unless it takes the close, or at least some of what goes before it, in time."""
        if not self._gone and (self._queue or self._writer is not None):
            self._close_sent()
            args = (timeout, self._sent, self._unsent)
            self._closing = asyncio.get_running_loop().call_later(timeout, self._close_missing, *args)

    def _close_sent(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None

    def _close_missing(self, timeout: float, sent: int, unsent: int) -> None:
        self._closing = None
        takes_some = self._sent > sent or self._unsent < unsent
        if takes_some or not self._accepted or self._waits_for_commit:
            self._await_close(timeout)
        elif self._tcp is not None:
            self._tcp.abort()
        else:
            self._give_up(ABNORMAL, "")

    @property
    def _unsent(self) -> int:
        return 0 if self._tcp is None else self._tcp.unsent

    @property
    def _waits_for_commit(self) -> bool:
        commit = self._queue[0][1] if self._queue else None
        return commit is not None and not commit.done()

    def _put(self, message: AsgiMessage, *, gated: bool = True) -> None:
        if not (self._gone or self._failed):
            if self._frames is not None:
                self._frames.leave_shared()
            if self._queue is None:
                self._queue = deque()
            self._queue.append((message, self._gate.pending if gated else None))
            self._queued += size_of(message)
            if self.bounds.max_queue and self._queued + self._unsent > self.bounds.max_queue:
                self.queue_full()
            self._start_writer()

    def _start_writer(self) -> None:
        if self._accepted and self._queue and self._writer is None:
            self._writer = self._tasks.start(self._write())

    async def _write(self) -> None:
        try:
            while self._queue:
                message, commit = self._queue[0]
                if commit is not None and not commit.done():
                    await asyncio.wait([commit])
                elif commit is not None and commit.exception() is not None:
                    self.fail(*STORAGE_FAILED)
                else:
                    self._queue.popleft()
                    self.closed = message["type"] == "websocket.close"
                    await self._send(message)
                    self._sent += 1
                    self._queued = max(0, self._queued - size_of(message))
        except (OSError, RuntimeError):  # what ASGI servers raise once the peer has gone
            self.peer_has_gone()
        except Exception:
            logger.exception("the ASGI server failed to send")
            self.peer_has_gone()
        finally:
            self._writer = None
            if not self._queue:
                self._queue = None
                self._close_sent()


def size_of(message: AsgiMessage) -> int:
    """Bytes of the message in a `websocket.send`; 0 for any other."""
    text: str | None = message.get("text")
    if text is not None:
        return len(text) if text.isascii() else len(text.encode())
    return len(message.get("bytes") or b"")

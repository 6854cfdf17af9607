"""The input gate of a room: no event is delivered while a storage call is under way.

It is what makes read, change, write on storage safe without a lock (recording `storage_burst`), modelled
on the input gates of Cloudflare's Durable Objects.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

# asyncio does not say when a handler goes on that awaits a task, so the gate counts turns of the event loop.
# tests/partyserver/storage/test_input_gate.py measures what the numbers rest on, and fails where asyncio
# changes its count: a task goes on a turn after what it awaits, `gather` and a task group two turns after.

# Turns after a storage call within a task in which the handler may go on: eight layers of `gather` deep.
_SETTLING_TURNS = 16
# Turns after a handler's first await, or after a storage call that it awaited directly, in which it may make
# a storage call through tasks: each task starts a turn after the one that made it, so the call may be three
# tasks deep. More would hold up every event of a handler that awaits something other than storage.
_STARTING_TURNS = 4
# Turns in a row at most, some milliseconds: a task that calls storage without end must not keep events out.
_LONGEST_SETTLING = 1_000


class InputGate:
    """Lets the events of one room in, in order, unless it is closed.

    It is closed while anything holds it, and after a storage call within a task for some turns of the event
    loop, in which the handler can make its next call.
    """

    __slots__ = (
        "_handlers",
        "_holders",
        "_loop",
        "_scheduled_on",
        "_settled_turns",
        "_settling",
        "_turn",
        "_waiting",
        "_waking",
        "_was_closed_too_long",
    )

    def __init__(self) -> None:
        self._handlers: set[asyncio.Task[object] | None] = set()  # the tasks in which handlers run
        self._loop: asyncio.AbstractEventLoop | None = None  # in which a handler was started last
        self._holders = 0
        self._settling = 0  # turns for which it stays closed
        self._settled_turns = 0  # turns for which it has been closed without a break
        self._turn = 0  # counts turns while it settles
        self._scheduled_on: asyncio.AbstractEventLoop | None = None  # the loop that counts them
        self._was_closed_too_long = False  # the next event comes in, whatever handlers do
        self._waiting: deque[asyncio.Future[None]] = deque()  # events, the next one first
        self._waking = False  # the first of them is let in in this turn

    @property
    def is_open(self) -> bool:
        """Whether an event may come in now."""
        return not self._holders and not self._settling and not self._waiting

    async def pass_through(self) -> None:
        """Return when the gate is open and every earlier event was let in."""
        if self.is_open:
            return
        if self._settling:
            self._settle(0)  # the loop that was to count the turns may have ended
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._wake_next()
        await turn
        # A handler that went on in between may have closed the gate again.
        while self._holders or (self._settling and not self._was_closed_too_long):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.insert(1, turn)  # the first place, once `_woken` has taken the old one away
            await turn

    def handler(self) -> Handling:
        """A context in which the current task runs a handler.

        When a storage call returns that such a task awaits directly, its handler goes on in the same turn,
        and the gate need not stay closed. A handler that ends in the turn in which it started leaves the gate
        as it was.
        """
        return Handling(self)

    def hold(self) -> Callable[[], None]:
        """Close the gate.

        Returns:
            A callable that opens it again, once the handler that waits has gone on.
        """
        self._holders += 1
        return self._release

    def _release(self) -> None:
        self._holders -= 1
        self._settle(_SETTLING_TURNS)

    def held(self) -> Held:
        """A context in which the gate is closed, and until the handler that waits for it has gone on."""
        return Held(self)

    def storage_call_done(self) -> None:
        """A storage call returned without a turn of the event loop.

        A handler that awaited it directly goes on in the same turn, and may make its next call through tasks,
        so that it comes some turns later. One that awaits it through a task (`asyncio.gather`, a task group)
        goes on some turns later itself. Until then the gate stays closed.
        """
        # Python 3.11 asks the system for the process's number to find the loop that runs, so it is named.
        if asyncio.current_task(self._loop) not in self._handlers:
            self._settle(_SETTLING_TURNS)
        elif self._settling < _STARTING_TURNS:
            self._settle(_STARTING_TURNS)

    def _settle(self, turns: int, loop: asyncio.AbstractEventLoop | None = None) -> None:
        if not self._settling:
            self._settled_turns = 0
        if turns > self._settling and self._settled_turns < _LONGEST_SETTLING:
            self._settling = turns
        loop = loop or asyncio.get_running_loop()
        if self._scheduled_on is not loop:  # none, or one that has ended, as a test client's does
            loop.call_soon(self._next_turn)  # first, as a handler may be at the end of the stack
            self._scheduled_on = loop

    def _next_turn(self) -> None:
        self._turn += 1
        if self._settling:
            self._settled_turns += 1
            self._settling -= 1
        if self._settling:
            asyncio.get_running_loop().call_soon(self._next_turn)
        else:
            self._scheduled_on = None
            self._was_closed_too_long = self._settled_turns >= _LONGEST_SETTLING
            self._wake_next()

    def _wake_next(self) -> None:
        if self._waking or not self._waiting or self._holders or self._settling:
            return
        self._waking = True
        if not self._waiting[0].done():  # else the event was cancelled
            self._waiting[0].set_result(None)
        # The woken event takes its first step before this callback runs, and may close the gate again.
        asyncio.get_running_loop().call_soon(self._woken)

    def _woken(self) -> None:
        self._waking = self._was_closed_too_long = False
        self._waiting.popleft()
        self._wake_next()


class Held:
    """The context of `InputGate.held`. It can be left with as little stack as it was entered with."""

    __slots__ = ("_gate",)

    def __init__(self, gate: InputGate) -> None:
        self._gate = gate

    def __enter__(self) -> None:
        self._gate._holders += 1

    def __exit__(self, *_: object) -> None:
        self._gate._holders -= 1
        self._gate._settle(_SETTLING_TURNS)


class Handling:
    """The context of `InputGate.handler`, to be entered once."""

    __slots__ = ("_gate", "_settling", "_task", "_turn")

    def __init__(self, gate: InputGate) -> None:
        self._gate = gate

    def __enter__(self) -> None:
        gate, loop = self._gate, asyncio.get_running_loop()
        gate._loop = loop
        self._task = asyncio.current_task(loop)
        self._turn, self._settling = gate._turn, gate._settling
        gate._handlers.add(self._task)
        gate._settle(_STARTING_TURNS, loop)

    def __exit__(self, *_: object) -> None:
        gate = self._gate
        gate._handlers.discard(self._task)
        if gate._turn == self._turn:
            gate._settling = self._settling
            if gate._waiting:
                gate._wake_next()

"""How long a room has had nothing to do, and the timer that lets it rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from partyserver.rooms.instance import RoomInstance
from partyserver.rooms.services import Services


class Idleness:
    """Counts what keeps a room awake, and has it rest once nothing has done so for long enough.

    Attributes:
        wakers: how many handlers run and how many sockets to other rooms are open.
    """

    __slots__ = ("_idles", "_instance", "_loop", "_rest", "_services", "_since", "_timer", "wakers")

    def __init__(
        self,
        instance: RoomInstance,
        services: Services,
        rest: Callable[[], None],
        idles: Callable[[], None] | None,
    ) -> None:
        """
        Args:
            instance: the instance of the room.
            services: holds the timeouts.
            rest: called when the room has been idle for as long as they say.
            idles: called whenever the last of the wakers has let go.
        """
        self.wakers = 0
        self._instance = instance
        self._services = services
        self._rest = rest
        self._idles = idles
        self._since = 0.0  # when the last waker let go, by the loop's clock
        # A room is busy and idle by turns, thousands of times a second; a timer that was cancelled would stay
        # in the loop's heap each time. So there is one, which looks again when it is due.
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None  # in which the timer runs

    def hold(self) -> None:
        """Keep the room awake, until `let_go` is called as often."""
        self.wakers += 1

    def let_go(self) -> None:
        """The opposite of `hold`."""
        self.wakers -= 1
        if self.wakers:
            return
        if self._instance.tap is not None:
            self._instance.tap.idles()
        loop = asyncio.get_running_loop()
        self._since = loop.time()
        if (
            self._loop is not loop
        ):  # there is no timer, or one of a loop that has ended, as a test client's does
            self._wait(self._limit)
        if self._idles is not None:
            self._idles()

    @property
    def since(self) -> float | None:
        """Since when the room has been idle, by the loop's clock; None where it is not, or never was so."""
        return self._since if not self.wakers and self._loop is not None else None

    @property
    def seconds(self) -> float:
        """For how long no handler has run, and nothing else kept the room awake; 0 where something does."""
        if self.wakers or not self._since:
            return 0.0
        return max(0.0, asyncio.get_running_loop().time() - self._since)

    def stop(self) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = None

    @property
    def _limit(self) -> float:
        services = self._services
        return services.idle_timeout if self._instance.hibernates else services.eviction_timeout

    def _wait(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._loop = None
        if self.wakers:
            return  # the last of them sets the timer again
        idle = asyncio.get_running_loop().time() - self._since
        if idle < self._limit:
            self._wait(self._limit - idle)
        elif not self._instance.gate.is_open:
            self._wait(self._limit)  # storage is at work, or `block_concurrency_while`
        else:
            self._rest()

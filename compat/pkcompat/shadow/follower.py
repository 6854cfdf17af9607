"""`Shadow`: another form of a party follows the one that answers, and every difference is reported.

It runs in a process of its own, which is fed over a pipe: whatever the other form does, it can neither reach
a client nor slow down a room. If records do not fit into the pipe's buffer, the room is no longer followed,
until its next start.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from partyserver.log_text import printable
from partyserver.responses import ErrorAnswers
from partyserver.rooms import RoomTap
from partyserver.shadowing import HostFacts
from partyserver.storage import KeyRange, RoomStore
from pkcompat.child_process import START_TIMEOUT
from pkcompat.project import DIFFERENCES
from pkcompat.shadow.feed import RoomFeed
from pkcompat.shadow.link import ShadowError, ShadowLink
from pkcompat.shadow.records import (
    Alive,
    Begin,
    CannotLoad,
    Ends,
    Finish,
    FoundDifference,
    GaveUp,
    Load,
    Loaded,
    RoomRecord,
    ShadowTarget,
    Starts,
)
from pkcompat.shadow.report import ShadowReport, Tally
from pkcompat.traffic import MaskSettings, Rules

logger = logging.getLogger("pkcompat")

LARGEST_ROOM = 1_000_000
"""Bytes that a followed room may have stored at its start, when its shadow gets a copy of them."""

STANDSTILL = 15.0
"""Seconds without a sign of life after which the shadow's process is restarted."""

_LOOK_EVERY = 1.0
_LONGEST_DELAY = 60.0  # seconds before the next restart, for a process that keeps ending
_LOGGED_AT_ONCE = 5  # differences that are logged in full; of later ones, one in each period
_LOGGED_EVERY = 60.0  # the period, in seconds


@dataclass(frozen=True, slots=True)
class ShadowOptions:
    """How a shadow runs.

    Attributes:
        ignore: patterns whose matches in texts are not compared, as with `verify --ignore`.
        differences: the folder for traffic files of differences; None saves none.
        patience: seconds that one form may be ahead of the other.
        rooms: how many rooms are followed at a time.
        memory: bytes of memory that the shadow's process may use.
        finish: seconds that it gets to finish comparing when the host has ended.
        masks: what traffic files of differences mask, besides the usual.
    """

    ignore: tuple[re.Pattern[str], ...] = ()
    differences: Path | None = DIFFERENCES
    patience: float = 10.0
    rooms: int = 256
    memory: int = 1_000_000_000
    finish: float = 3.0
    masks: MaskSettings = field(default_factory=MaskSettings)


class Shadow:
    """Follows parties of a host with another form of each, for `Host(shadow=...)`. It starts with the host.

    Args:
        parties: the other forms by party name: a target (`path/to/file.py[:attribute]` or
            `package.module[:attribute]`), or an importable class, since the shadow's process imports it
            itself.
        options: how it runs.

    Raises:
        TypeError: a form is neither.
    """

    def __init__(self, parties: Mapping[str, object], options: ShadowOptions | None = None) -> None:
        self._targets = {name: shadow_target(party) for name, party in parties.items()}
        self._options = options or ShadowOptions()
        self._tally = Tally()
        self._link: ShadowLink | None = None
        self._host: HostFacts | None = None
        self._begin: Begin | None = None
        self._answers = ErrorAnswers(debug=False)
        self._feeds: dict[int, RoomFeed] = {}  # of the followed rooms, by number
        self._numbers = 0  # given so far
        self._seen = 0.0  # when the process last gave a sign of life
        self._watcher: asyncio.Task[None] | None = None
        self._attaching: asyncio.Task[None] | None = None
        self._failures = 0  # restarts in a row without a sign of life in between
        self._logs: list[float] = []  # when differences were logged, in the present period
        self._unlogged = 0  # differences since the last logged one

    def prepare(self) -> None:
        """Start the process before the host does, and wait until it has imported the parties.

        Raises:
            ShadowError: the parties cannot be imported.
        """
        link = self._new_link()
        try:
            link.wait_until_loaded()
        except ShadowError:
            link.kill()
            raise
        self._link = link
        self._tally.state = "running"

    async def start(self, host: HostFacts) -> None:
        self._host = host
        self._answers = ErrorAnswers(host.debug)
        self._begin = Begin(
            parties=tuple(host.parties),
            env=host.env,
            assets=host.assets,
            debug=host.debug,
            idle_timeout=host.idle_timeout,
            rules=Rules(texts=self._options.ignore),
            patience=self._options.patience,
            differences=self._options.differences,
            masks=self._options.masks,
        )
        try:
            self._check(host)
        except ShadowError as error:
            self._cannot_run(str(error))
            return
        await self._attach()
        if self._tally.state != "cannot run":
            self._watcher = asyncio.get_running_loop().create_task(self._watch())

    def _check(self, host: HostFacts) -> None:
        for name in self._targets:
            if name not in host.parties:
                raise ShadowError(
                    f"there is no party {name!r} to follow; there are: {', '.join(host.parties)}"
                )
        for name, value in host.env.items():
            try:
                pickle.dumps(value)
            except Exception as error:
                raise ShadowError(
                    f"env[{name!r}] cannot be given to another process ({error}); make it in on_start"
                ) from None

    async def _attach(self) -> None:
        try:
            if self._link is None:
                self._link = self._new_link()
                self._tally.state = "starting"
            self._seen = time.monotonic()
            link = self._link
            await link.attach(self._received, self._process_ended)
            link.put(self._begin, always=True)
        except Exception as error:  # the host is served all the same
            self._cannot_run(str(error))

    def _new_link(self) -> ShadowLink:
        return ShadowLink(Load(self._targets, self._options.memory))

    def _cannot_run(self, problem: str, detail: str = "") -> None:
        self._tally.state, self._tally.problem = "cannot run", problem
        logger.error("there is no shadow: %s%s", problem, f"\n{detail.rstrip()}" if detail else "")
        self._kill()

    async def stop(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None
        if self._attaching is not None:
            self._attaching.cancel()
            self._attaching = None
        if self._link is not None and self._tally.state == "running":
            self._link.put(Finish(self._options.finish), always=True)
            await self._link.wait(self._options.finish)
        self._kill()
        for feed in list(self._feeds.values()):
            feed.ends("its shadow was not done when the host ended")
        if self._tally.state != "cannot run":
            self._tally.state = "stopped"

    def report(self) -> ShadowReport:
        """The results so far."""
        return self._tally.report(len(self._feeds))

    # The rooms

    def room_starts(self, party: str, room_id: str, store: RoomStore) -> RoomTap | None:
        if party not in self._targets or self._link is None or self._tally.state == "cannot run":
            return None
        if len(self._feeds) >= self._options.rooms:
            self._tally.left["enough rooms were followed"] += 1
            return None
        assert self._host is not None
        try:
            values = stored_values(store)
            alarm = store.get_alarm()
        except Exception as error:
            logger.error("the storage of %s/%s cannot be copied: %s", party, room_id, error)
            return None
        if values is None:
            self._tally.left["it has too much stored"] += 1
            return None
        self._numbers += 1
        number = self._numbers
        hibernates = self._host.parties[party].options.hibernate
        if not self._link.put(Starts(number, party, room_id, values, alarm, hibernates)):
            self._tally.left["its shadow fell behind"] += 1
            return None
        self._tally.rooms += 1
        feed = RoomFeed(number, self._answers, self._put, self._left)
        self._feeds[number] = feed
        return feed

    def _put(self, record: RoomRecord) -> bool:
        return self._link is not None and self._link.put(record)

    def _left(self, number: int, why: str) -> None:
        """The feed of a room has ended."""
        if self._feeds.pop(number, None) is not None:
            self._tally.left[why] += 1
            if self._link is not None:
                self._link.put(Ends(number), always=True)

    # The process

    def _received(self, message: object) -> None:
        self._seen = time.monotonic()
        match message:
            case Loaded():
                self._tally.state = "running"
            case CannotLoad(problem, detail):
                self._cannot_run(problem, detail)
            case Alive(compared):
                self._failures = 0
                self._tally.compared += compared
            case GaveUp(room, why):
                feed = self._feeds.pop(room, None)
                if feed is not None:
                    feed.ends(why)
                if why:
                    self._tally.left[why] += 1
            case FoundDifference():
                self._tally.found(message)
                self._log(message)

    def _log(self, difference: FoundDifference) -> None:
        now = time.monotonic()
        self._logs = [at for at in self._logs if now - at < _LOGGED_EVERY]
        if len(self._logs) >= (_LOGGED_AT_ONCE if self._tally.differences <= _LOGGED_AT_ONCE else 1):
            self._unlogged += 1
            return
        self._logs.append(now)
        unlogged, self._unlogged = self._unlogged, 0
        more = f" ({unlogged} more since the last that was logged)" if unlogged else ""
        logger.warning("%s%s", tell_difference(difference), more)

    def _process_ended(self) -> None:
        self._restart("ended")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            limit = START_TIMEOUT if self._tally.state == "starting" else STANDSTILL
            if self._link is not None and time.monotonic() - self._seen > limit:
                self._restart(f"gave no sign of life for {limit:g} s")

    def _restart(self, how: str) -> None:
        self._tally.restarts += 1
        self._failures += 1
        delay = min(2.0 ** (self._failures - 1), _LONGEST_DELAY)
        logger.warning(
            "the shadow's process %s; the rooms go on without it, it is restarted in %g s", how, delay
        )
        self._kill()
        for number in list(self._feeds):
            self._feeds[number].ends("the shadow's process was restarted")
        self._tally.state = "starting"
        asyncio.get_running_loop().call_later(delay, self._start_again)

    def _start_again(self) -> None:
        if self._watcher is not None and self._link is None:
            self._attaching = asyncio.get_running_loop().create_task(self._attach())

    def _kill(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.kill()


def stored_values(store: RoomStore) -> dict[str, bytes] | None:
    """What a room has stored; None if that is too much for a shadow to start with."""
    values: dict[str, bytes] = {}
    size = 0
    for key, value in store.scan(KeyRange()):
        size += len(key) + len(value)
        if size > LARGEST_ROOM:
            return None
        values[key] = bytes(value)
    return values


def shadow_target(party: object) -> ShadowTarget:
    """The import target of a form, for another process.

    Raises:
        TypeError: the form cannot be imported from there.
    """
    if isinstance(party, ShadowTarget):
        return party
    if isinstance(party, str):
        return ShadowTarget(party)
    module, name = getattr(party, "__module__", None), getattr(party, "__qualname__", "")
    found: Any = sys.modules.get(module or "")
    for part in name.split(".") if name else ():
        found = getattr(found, part, None)
    if found is not party or not name:
        raise TypeError(
            f"a shadow runs in a process of its own, which cannot import {party!r}; "
            "give a target, such as 'chat_class.py:Chat' or 'package.module:Chat'"
        )
    if module == "__main__":  # another process has another __main__
        return ShadowTarget(f"{sys.modules['__main__'].__file__}:{name}")
    return ShadowTarget(f"{module}:{name}")


def tell_difference(difference: FoundDifference) -> str:
    """A difference as text, for the log."""
    kept = f"kept in {difference.file}" if difference.file else f"not kept: {difference.not_kept}"
    lines = [
        f"the shadow of {difference.party}/{difference.room_id} differs: {difference.where}, "
        f"after {difference.after}",
        f"  answered: {difference.primary}",
        f"  shadow:   {difference.shadow}",
        f"  {kept}",
    ]
    if difference.error:
        lines.append("  the shadow's last exception:")
        lines += [f"    {line}" for line in difference.error.rstrip().splitlines()]
    return "\n".join(map(printable, lines))

"""The shadow's process: replays the records of rooms to the shadow's rooms, and reports differences."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

from partyserver import PartyServer
from pkcompat.child_process import Parent, Unframer
from pkcompat.errors import PkcompatError
from pkcompat.project import ModuleLoader, load_party
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
    Starts,
)
from pkcompat.shadow.room import ShadowRoom, current_room
from pkcompat.shadow.saved_differences import DifferenceFolder
from pkcompat.shadow.streams import Mismatch
from pkcompat.traffic import Traffic

_NICENESS = 10
_LONGEST_ERROR = 4_000
_LINGER = 0.5  # seconds after the host's end in which timers, which run in both processes, may still act
_LAST_WORDS = 0.1  # seconds that are left for the final report


class ShadowProcess:
    """The rooms of the process.

    Args:
        parent: the serving process.

    Attributes:
        finished: set when no more records follow.
    """

    def __init__(self, parent: Parent) -> None:
        self._parent = parent
        self._classes: Mapping[str, type[PartyServer]] = {}
        self._begin: Begin | None = None
        self._folder: DifferenceFolder | None = None
        self._rooms: dict[int, ShadowRoom] = {}
        self._compared = 0
        self._seconds_left = 0.0
        self.finished = asyncio.Event()

    def send(self, message: object) -> None:
        """Send a message; blocks while the serving process is slow, which delays this process only."""
        self._parent.send(message)

    def load(self, load: Load) -> bool:
        """Import the parties; returns whether that succeeded."""
        sources = {path: code for target in load.targets.values() for path, code in target.sources.items()}
        loader = ModuleLoader(sources)
        try:
            self._classes = {
                name: load_party(target.target, loader).server_class for name, target in load.targets.items()
            }
        except PkcompatError as error:
            self.send(CannotLoad(str(error), error.detail))
            return False
        _limit_memory(load.memory)
        self.send(Loaded())
        return True

    def received(self, message: object, size: int) -> None:
        """Handle a message."""
        match message:
            case Begin():
                self._begin = message
                folder = message.differences
                self._folder = DifferenceFolder(folder) if folder is not None else None
            case Starts(number, party):
                assert self._begin is not None
                self._rooms[number] = ShadowRoom(
                    message, self._classes[party], self._begin, self._differs, self._gives_up
                )
            case Ends(number):
                if (room := self._rooms.get(number)) is not None:
                    room.end("it is no longer followed")
            case Finish(seconds):
                self._seconds_left = seconds
                self.finished.set()
            case RoomRecord(number):
                if (room := self._rooms.get(number)) is not None:
                    room.put(time.monotonic(), message, size)

    def _gives_up(self, room: ShadowRoom, why: str) -> None:
        number = room.starts.room
        if self._rooms.pop(number, None) is not None:
            self._compared += room.streams.compared
            room.streams.compared = 0
            reported = "" if why in ("it is no longer followed", "it differed") else why
            self.send(GaveUp(number, reported))

    def _differs(self, room: ShadowRoom, mismatch: Mismatch) -> None:
        kept = self._keep(room, mismatch)
        self.send(
            FoundDifference(
                room.starts.party,
                room.starts.room_id,
                mismatch.where,
                room.history.last_step(),
                mismatch.primary,
                mismatch.shadow,
                None if isinstance(kept, str) else kept,
                kept if isinstance(kept, str) else "",
                room.error,
            )
        )

    def _keep(self, room: ShadowRoom, mismatch: Mismatch) -> Path | str:
        """Save a difference; returns its traffic file, or why there is none."""
        if self._folder is None:
            return "no folder was named for it"
        room.history.unanswered()
        steps = room.history.steps()
        if room.history.too_long:
            return "what its clients did since it started is too long"
        if not steps:
            return "no client did anything since it started"
        about = f"a shadow differed: {mismatch.where}: {mismatch.primary}, shadow: {mismatch.shadow}"
        if room.starts.values:
            about += f"; the room had {len(room.starts.values)} values stored, which a replay does not have"
        starts = room.starts
        return self._folder.keep(
            Traffic(starts.party, steps, None, f"{starts.party}-{starts.room_id}", about)
        )

    def beat(self) -> None:
        """Give a sign of life, and end rooms that have waited too long."""
        for room in list(self._rooms.values()):
            room.grow_older()
            self._compared += room.streams.compared
            room.streams.compared = 0
        compared, self._compared = self._compared, 0
        self.send(Alive(compared))

    async def settle(self) -> None:
        """Let the rooms finish, within the seconds that are left."""
        begun = time.monotonic()
        longest = self._seconds_left - _LAST_WORDS
        while self._rooms and (waited := time.monotonic() - begun) < longest:
            for room in list(self._rooms.values()):
                room.settle(at_last=waited > min(_LINGER, longest / 2))
            await asyncio.sleep(0.02)
        for room in list(self._rooms.values()):
            room.end("its shadow was not done when the host ended")
        self.send(Alive(self._compared))


class _ErrorsOfRooms(logging.Handler):
    """Keeps the last logged traceback of each room."""

    def emit(self, record: logging.LogRecord) -> None:
        room = current_room.get()
        if room is not None and record.exc_info:
            room.error = "".join(traceback.format_exception(*record.exc_info))[-_LONGEST_ERROR:]


def _end_with(parent: int) -> None:
    """End this process when the serving one has ended: in a thread, as a handler may block the event loop."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _limit_memory(size: int) -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


async def _serve(process: ShadowProcess, parent: Parent) -> None:
    loop = asyncio.get_running_loop()
    unframer = Unframer()
    ended = asyncio.Event()

    class Incoming(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            for message, size in unframer.feed(data):
                process.received(message, size)

        def connection_lost(self, exc: Exception | None) -> None:
            ended.set()
            process.finished.set()

    await loop.connect_read_pipe(Incoming, parent.commands)

    async def beats() -> None:
        while True:
            process.beat()
            await asyncio.sleep(1.0)

    beating = loop.create_task(beats())
    await process.finished.wait()
    beating.cancel()
    if not ended.is_set():
        await process.settle()


def main() -> None:
    """Run the child: import the parties, then follow rooms until the serving process has ended."""
    parent = Parent()
    with contextlib.suppress(AttributeError, OSError):
        os.nice(_NICENESS)
    for name in ("partyserver", "pkcompat", "asyncio"):
        logging.getLogger(name).addHandler(_ErrorsOfRooms())
    _end_with(os.getppid())
    process = ShadowProcess(parent)
    with contextlib.suppress(BrokenPipeError, EOFError):
        if process.load(parent.receive()):
            asyncio.run(_serve(process, parent))
    os._exit(0)  # threads of the user's must not keep the process alive

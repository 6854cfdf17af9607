"""A traffic file that grows while traffic is recorded, and is whole JSON at every moment."""

from __future__ import annotations

import json
import logging
import os
import queue
import threading
import time
from collections import Counter
from pathlib import Path

from pkcompat.errors import PkcompatError
from pkcompat.project import RECORDING_LIMIT
from pkcompat.traffic import DEFAULT_PARTY, Step, dump_step

logger = logging.getLogger("pkcompat")

WRITE_EVERY = 0.1
"""Seconds that steps wait at most before they are written."""


_PAUSE = 10  # times as long as the last write took: the larger the file, the rarer it is written


class RecordingError(PkcompatError):
    """A recording cannot be written. The message says why, and what to do."""


class RecordingFile:
    """Writes the file anew from a thread of its own, with all that came meanwhile, in place of the old one: a
    process that is killed in the middle of a write leaves the old one.

    Attributes:
        path: the file.
        steps: how many steps it has taken.
        full: whether its limit was reached, or the disk's; then it takes no more.
    """

    def __init__(self, path: Path, *, about: str = "", limit: int = RECORDING_LIMIT) -> None:
        """Begin a new file.

        Args:
            path: where; nothing may be there.
            about: what the traffic shows, in one line.
            limit: bytes that the steps may have.

        Raises:
            RecordingError: there is such a file, or it cannot be written.
        """
        self.path = path
        self.steps = 0
        self.full = False
        self._left = limit
        self._limit = limit
        self._parties: Counter[str] = Counter()
        self._waiting: queue.SimpleQueue[tuple[bytes, str] | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        head = {"name": path.stem, "about": about}
        self._parts = [json.dumps(head, ensure_ascii=False)[:-1].encode() + b',\n"steps": [']
        self._next = path.with_name(f".{path.name}.next")
        try:
            with open(path, "xb", opener=_for_the_owner) as file:
                file.writelines([*self._parts, self._end()])
        except FileExistsError:
            raise _there_already(path) from None
        except OSError as error:
            raise RecordingError(f"{path}: cannot be written: {error.strerror or error}") from None
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    def put(self, step: Step, party: str = "") -> None:
        """Take a step; it is written soon.

        Args:
            step: the step.
            party: the party that it reaches; the one with the most steps is the file's.
        """
        if self.full:
            return
        text = json.dumps(dump_step(step), ensure_ascii=False).encode(errors="replace")
        self._left -= len(text) + 2
        if self._left < 0:
            self.full = True
            logger.warning(
                "the recording %s is full: %d steps, %s; what comes now is not recorded",
                self.path,
                self.steps,
                _size(self._limit),
            )
            return
        self.steps += 1
        self._waiting.put((text, party))

    def close(self) -> None:
        """Write what waits, and close the file."""
        self.full = True
        self._closing.set()
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        pause = WRITE_EVERY
        while (item := self._waiting.get()) is not None:
            self._closing.wait(pause)
            batch = [item]
            while not self._waiting.empty():
                if (item := self._waiting.get()) is None:
                    self._waiting.put(None)
                    break
                batch.append(item)
            begun = time.monotonic()
            try:
                self._append(batch)
            except OSError as error:
                self.full = True
                logger.error("the recording %s ends: %s", self.path, error.strerror or error)
                return
            pause = max(WRITE_EVERY, _PAUSE * (time.monotonic() - begun))

    def _append(self, batch: list[tuple[bytes, str]]) -> None:
        for text, party in batch:
            self._parts += [b"\n" if len(self._parts) == 1 else b",\n", text]
            if party:
                self._parties[party] += 1
        try:
            with open(self._next, "wb", opener=_for_the_owner) as file:
                file.writelines([*self._parts, self._end()])
            os.replace(self._next, self.path)
        except OSError:  # the disk is full: what was written before stays
            self._next.unlink(missing_ok=True)
            raise

    def _end(self) -> bytes:
        party = self._parties.most_common(1)[0][0] if self._parties else DEFAULT_PARTY
        return b'\n],\n"party": ' + json.dumps(party).encode() + b"}\n"


def refuse_to_overwrite(path: Path) -> None:
    """Raise if there is something at the path.

    Raises:
        RecordingError: there is.
    """
    if path.exists():
        raise _there_already(path)


def _there_already(path: Path) -> RecordingError:
    return RecordingError(
        f"{path} is there already, and recordings are not overwritten; name another file, or move it away"
    )


def numbered(path: Path) -> Path:
    """The path, or the next with a number (`name-2.json`, `name-3.json`) at which there is nothing."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _size(count: int) -> str:
    return f"{count / 1_000_000:g} MB"


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # traffic tells of people

"""A traffic file that grows while traffic is recorded, and is complete JSON at every moment."""

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
"""The longest time, in seconds, that a step waits before it is written to a small file."""


_PAUSE = 10  # times the duration of the last write: the larger the file, the less often it is written


class RecordingError(PkcompatError):
    """A recording cannot be written. The message says why, and what to do."""


class RecordingFile:
    """Writes the whole file from a thread of its own, and replaces the previous version atomically: a process
    that is killed during a write leaves the previous version.

    Args:
        path: the file, which must not exist.
        about: what the traffic shows, in one line.
        limit: the size of all steps, in bytes.

    Attributes:
        path: the file.
        steps: how many steps it has.
        full: whether its limit was reached, or the disk's; further steps are then dropped.

    Raises:
        RecordingError: the file exists, or cannot be written.
    """

    def __init__(self, path: Path, *, about: str = "", limit: int = RECORDING_LIMIT) -> None:
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
        """Add a step, to be written soon.

        Args:
            step: the step.
            party: the party that it reaches; the file is for the one with the most steps.
        """
        if self.full:
            return
        text = json.dumps(dump_step(step), ensure_ascii=False).encode(errors="replace")
        self._left -= len(text) + 2
        if self._left < 0:
            self.full = True
            logger.warning(
                "the recording %s is full: %d steps, %s; further traffic is not recorded",
                self.path,
                self.steps,
                _size(self._limit),
            )
            return
        self.steps += 1
        self._waiting.put((text, party))

    def close(self) -> None:
        """Write pending steps, and close the file."""
        self.full = True
        self._closing.set()
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        pause = WRITE_EVERY
        while (item := self._waiting.get()) is not None:
            self._closing.wait(pause)  # collect steps; ends at once when the file is closed
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
        except OSError:  # such as a full disk: the previous version stays
            self._next.unlink(missing_ok=True)
            raise

    def _end(self) -> bytes:
        party = self._parties.most_common(1)[0][0] if self._parties else DEFAULT_PARTY
        return b'\n],\n"party": ' + json.dumps(party).encode() + b"}\n"


def refuse_to_overwrite(path: Path) -> None:
    """Refuse a path that exists.

    Raises:
        RecordingError: the path exists.
    """
    if path.exists():
        raise _there_already(path)


def _there_already(path: Path) -> RecordingError:
    return RecordingError(
        f"{path} already exists, and recordings are not overwritten; name another file, or move this one away"
    )


def numbered(path: Path) -> Path:
    """The path, or the next numbered one (`name-2.json`, `name-3.json`) that does not exist."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _size(count: int) -> str:
    return f"{count / 1_000_000:g} MB"


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # traffic may hold personal data

"""How much processor time the processes below this one took (Linux: /proc); 0 elsewhere.

Where other programs share the processors, it says more than the time on the clock.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessorTime:
    """Seconds of processor time, up to now or of a stretch.

    Attributes:
        own: of this process.
        children: of each child that leads a session, with all processes of that session, by its id.
    """

    own: float
    children: dict[int, float]

    def since(self, earlier: ProcessorTime) -> ProcessorTime:
        """What was taken after an earlier reading."""
        return ProcessorTime(
            self.own - earlier.own,
            {each: taken - earlier.children.get(each, 0.0) for each, taken in self.children.items()},
        )

    @property
    def all(self) -> float:
        """Of all processes together."""
        return self.own + sum(self.children.values())


def processor_time() -> ProcessorTime:
    """What was taken up to now."""
    children: dict[int, float] = {}
    if os.path.isdir("/proc/self"):
        stats = dict(_stats())
        tick = os.sysconf("SC_CLK_TCK")
        for fields in stats.values():  # see proc(5); counted from 0 behind the name
            session = int(fields[3])
            if session in stats and int(stats[session][1]) == os.getpid():
                taken = (int(fields[11]) + int(fields[12])) / tick
                children[session] = children.get(session, 0.0) + taken
    return ProcessorTime(time.process_time(), children)


def _stats() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                yield int(folder.name), (folder / "stat").read_text().rpartition(")")[2].split()

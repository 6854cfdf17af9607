"""How much memory the processes of a session take (Linux: /proc)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path


def resident_kb(session: int) -> int:
    """The memory of a session's processes that is in RAM, in KB; what they share counts for each."""
    return sum(_resident_kb(folder) for folder in _processes(session))


def _processes(session: int) -> Iterator[Path]:
    """The folders in /proc of the processes of a session."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session:  # see proc(5)
                    yield folder


def _resident_kb(folder: Path) -> int:
    with contextlib.suppress(OSError):
        for line in (folder / "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0

"""How much memory processes take (Linux: /proc)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path


def resident_kb(session: int) -> int:
    """The memory of a session's processes that is in RAM, in KB; what they share counts for each."""
    return sum(map(resident_kb_of, _processes(session)))


def _processes(session: int) -> Iterator[int]:
    """The processes of a session."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session:  # see proc(5)
                    yield int(folder.name)


def resident_kb_of(process: int) -> int:
    """The memory of a process that is in RAM, in KB; 0 if it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def proportional_kb(process: int) -> int:
    """The memory of a process and those below it in KB; what they share counts once."""
    total, waiting = 0, [process]
    while waiting:
        current = waiting.pop()
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{current}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
            found = re.search(
                r"^Pss:\s+(\d+)", Path(f"/proc/{current}/smaps_rollup").read_text(), re.MULTILINE
            )
            total += int(found[1]) if found else 0
    return total

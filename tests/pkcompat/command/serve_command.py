"""Running `pkcompat serve` as a process."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Served = tuple["subprocess.Popen[str]", str, list[str]]
"""The process, its URL, and the lines that it printed at its start."""


def start_lines(process: subprocess.Popen[str]) -> list[str]:
    """What a process prints until it serves."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if "Ctrl-C" in line:
            break
    assert lines, process.communicate(timeout=10)
    return lines


@contextmanager
def served(project: Path, *arguments: str, command: str = "serve") -> Iterator[Served]:
    """`pkcompat serve`, or another command that serves, in a folder, on a free port."""
    line = [sys.executable, "-m", "pkcompat", command, "--port", "0", *arguments]
    with subprocess.Popen(
        line, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            lines = start_lines(process)
            found = re.search(r"http://127\.0\.0\.1:\d+", lines[0])
            assert found is not None
            yield process, found[0], lines
        finally:
            process.kill()


def stopped(process: subprocess.Popen[str], number: signal.Signals = signal.SIGINT) -> tuple[str, str]:
    """Stop a process; what it printed since its start, on standard output and standard error."""
    process.send_signal(number)
    out, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    return out, errors

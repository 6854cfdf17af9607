"""What every test has, and how the tests share the processors."""

from __future__ import annotations

import compileall
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_xdist_auto_num_workers() -> int:
    """Two workers a processor: half of what a test takes is waiting for sockets and processes."""
    return 2 * (os.cpu_count() or 1)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the packages once: where Python writes no bytecode each of the many processes would do it anew."""
    if not hasattr(session.config, "workerinput"):
        for package in ("runtime/partyserver", "codemods/pkcodemods", "compat/pkcompat"):
            compileall.compile_dir(ROOT / package, quiet=2)

"""What every test has, and how the tests share the processors."""

from __future__ import annotations

import compileall
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# They begin first: one that begins last would have the other processors wait for it.
LONG = (
    "tests/test_recordings.py",
    "tests/differential/test_differential.py",
    "tests/pkcompat/test_shadow.py",
    "tests/pkcompat/command/test_migrate_verify.py",
    "tests/pkcompat/test_watched_forms.py",
    "tests/pkcompat/command/test_serve_process.py",
    "tests/pkcompat/command/test_serve_shadow.py",
    "tests/pkcompat/test_recorded_serving.py",
    "tests/test_examples.py",
    "tests/pkcompat/command/test_watch.py",
)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_xdist_auto_num_workers() -> int | None:
    """Two workers a processor, up to four more: half of the time tests wait for sockets and processes."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + min(processors, 4)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the packages once: where Python writes no bytecode each process would do it anew."""
    if not hasattr(session.config, "workerinput"):
        for package in ("runtime/partyserver", "codemods/pkcodemods", "compat/pkcompat"):
            compileall.compile_dir(ROOT / package, quiet=2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, in the order of `LONG`; the others stay in theirs."""
    place = {ROOT / file: index for index, file in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))

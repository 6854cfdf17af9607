"""What every test has, and how the tests share the processors."""

from __future__ import annotations

import compileall
import gc
import os
import sys
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings
from tests.warm_start import WarmStarts

settings.register_profile("patient", deadline=None)  # on a busy machine an example takes as long as it takes
settings.load_profile("patient")

ROOT = Path(__file__).parents[1]

_NO_BYTECODE = sys.dont_write_bytecode
sys.dont_write_bytecode = False  # until all are collected: else each worker rewrites each module's assertions

# They begin first: one that begins last would have the other processors wait for it.
LONG = (
    "tests/test_recordings.py",
    "tests/differential/test_differential.py",
    "tests/pkcompat/shadow/test_follower.py",
    "tests/pkcompat/command/test_migrate_verify.py",
    "tests/pkcompat/watch/test_forms.py",
    "tests/pkcompat/command/test_serve_process.py",
    "tests/pkcompat/command/test_serve_shadow.py",
    "tests/pkcompat/recording/test_session.py",
    "tests/test_examples.py",
    "tests/pkcompat/command/test_watch.py",
    "tests/test_recordings_on_uvloop.py",
    "tests/pkcompat/test_shadow_recordings.py",
)
DEPENDENCIES = (
    *("anyio", "click", "h11", "httpcore", "httpx", "idna", "json5", "libcst", "msgspec", "pathspec"),
    *("python_multipart", "rich", "starlette", "time_machine", "typer", "uvicorn"),
    *("watchfiles", "websockets"),
)
"""What the processes that tests start import, of what is large."""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _warm_starts() -> Iterator[None]:
    """Processes of our commands start fast; `tests/warm_start` says how."""
    with WarmStarts.installed():
        yield


def pytest_xdist_auto_num_workers() -> int | None:
    """Two workers a processor, up to four more: half of the time tests wait for sockets and processes."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + min(processors, 4)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the packages once: where Python writes no bytecode each process would do it anew.

    pip has compiled what it installed; uv has not, unless asked to.
    """
    if not hasattr(session.config, "workerinput"):
        for package in ("runtime/partyserver", "codemods/pkcodemods", "compat/pkcompat"):
            compileall.compile_dir(ROOT / package, quiet=2)
        for package in map(find_spec, DEPENDENCIES):
            for folder in (package.submodule_search_locations if package else None) or ():
                compileall.compile_dir(folder, quiet=2)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep ten thousand tests and their modules, which stay, out of each look for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, in the order of `LONG`; the others stay in theirs. All are imported now."""
    gone = [file for file in LONG if not (ROOT / file).exists()]
    if gone:
        raise pytest.UsageError(f"tests/conftest.py: LONG has files that are gone: {', '.join(gone)}")
    sys.dont_write_bytecode = _NO_BYTECODE
    place = {ROOT / file: index for index, file in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))

"""Serving in a process that is restarted when the project's files change.

`uvicorn --reload` and `watchfiles.run_process` leave clients waiting while the application cannot start or
has ended by itself; here a stand-in answers them with the reason.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any

from watchfiles import Change, DefaultFilter, watch

from pkcompat.project import CONFIG_FILE_NAMES, ENV_FILE_NAMES
from pkcompat.project import FOLDER_NAME as STORAGE_FOLDER_NAME
from pkcompat.serving.server import STOP_SIGNALS

_LOOK_EVERY_MS = 500  # between checks whether the process has ended by itself
_KILL_AFTER = 2.0  # seconds after the grace time


class ProjectFilter(DefaultFilter):
    """Selects Python files, `partykit.json` and `.env`, outside of virtual environments and caches."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, ".nox", "site-packages", STORAGE_FOLDER_NAME)
    _names = frozenset([*CONFIG_FILE_NAMES, *ENV_FILE_NAMES])

    def __call__(self, change: Change, path: str) -> bool:
        """Whether a change concerns the project."""
        name = os.path.basename(path)
        return (name.endswith(".py") or name in self._names) and super().__call__(change, path)


def watched_folders(project: Path, files: Iterable[Path]) -> list[Path]:
    """The folders to watch, at any depth: the project's own, and those of files outside of it."""
    folders = [project.resolve()]
    for file in files:
        folder = file.resolve().parent
        if folder.is_dir() and not any(folder.is_relative_to(known) for known in folders):
            folders.append(folder)
    return folders


class Reloader:
    """Keeps a process running until a signal, and replaces it by a new one after each change.

    The process must end on SIGTERM; it ignores SIGINT, which a terminal sends to all processes.

    Args:
        target: the function that the process runs; it must be importable.
        arguments: its arguments; they are pickled.
        grace: seconds that the process gets to end; then it is killed.
        on_change: called with the paths that changed, before the process is restarted.
        on_end: called with the exit code of a process that ended by itself; the next change restarts it.
        stand_in: a function and its arguments, which a process runs from then until the next change; the exit
            code is added as the last argument.
    """

    def __init__(
        self,
        target: Callable[..., object],
        arguments: tuple[Any, ...],
        *,
        grace: float,
        on_change: Callable[[list[str]], None],
        on_end: Callable[[int], None],
        stand_in: tuple[Callable[..., object], tuple[Any, ...]] | None = None,
    ) -> None:
        self._target = target
        self._arguments = arguments
        self._grace = grace
        self._on_change = on_change
        self._on_end = on_end
        self._stand_in = stand_in
        self._stands_in = False
        self._stopping = threading.Event()
        self._process: BaseProcess | None = None

    def run(self, folders: Iterable[Path]) -> None:
        """Keep the process running until SIGINT or SIGTERM; a second signal kills it. Main thread only."""
        with self._signals():
            self._start()
            try:
                for changes in watch(
                    *folders,
                    watch_filter=ProjectFilter(),
                    stop_event=self._stopping,
                    rust_timeout=_LOOK_EVERY_MS,
                    yield_on_timeout=True,
                    ignore_permission_denied=True,
                ):
                    if changes:
                        self._on_change(sorted({path for _, path in changes}))
                        self._end()
                        self._start()
                    else:
                        self._notice_end()
            finally:
                self._end()

    def _start(self) -> None:
        self._stands_in = False
        self._spawn(self._target, self._arguments)

    def _spawn(self, target: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        if self._stopping.is_set():
            return
        self._process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process inherits this
        try:
            self._process.start()
        finally:
            signal.signal(signal.SIGINT, handler)

    def _notice_end(self) -> None:
        exit_code = None if self._process is None else self._process.exitcode
        if exit_code is None:
            return
        self._process = None
        self._on_end(exit_code)
        if self._stand_in is not None and not self._stands_in:  # a stand-in that ends is not replaced
            self._stands_in = True
            target, arguments = self._stand_in
            self._spawn(target, (*arguments, exit_code))

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        self._process.join(self._grace + _KILL_AFTER)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process = None

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(number: int, frame: FrameType | None) -> None:
            if self._stopping.is_set() and self._process is not None:
                self._process.kill()
            self._stopping.set()

        previous = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

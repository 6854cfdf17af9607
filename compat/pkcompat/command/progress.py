"""A progress bar for work that forks processes.

Rich refreshes its bars from a thread, which may hold a lock while another thread forks; this bar has none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console

_REFRESH = 0.1  # seconds


class Bar(Protocol):
    """Shows the progress of some work."""

    def expect(self, more: int) -> None:
        """Add to the amount of work."""

    def advance(self, done: int) -> None:
        """Add to the amount of work that is done."""

    def name(self, action: str) -> None:
        """Change the description of the work."""


class _NoBar:
    def expect(self, more: int) -> None: ...

    def name(self, action: str) -> None: ...

    def advance(self, done: int) -> None: ...


@contextmanager
def progress_bar(console: Console, action: str, noun: str) -> Iterator[Bar]:
    """Show a progress bar while the context lasts; on a terminal only.

    Args:
        console: where to show it.
        action: what is done, such as `reading`.
        noun: what it is done to, such as `files`.
    """
    if not console.is_terminal:
        yield _NoBar()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    class Shown:
        def __init__(self, bar: Progress, task: TaskID) -> None:
            self._bar = bar
            self._task = task
            self._expected = 0
            self._refreshed = 0.0

        def expect(self, more: int) -> None:
            self._expected += more
            self._bar.update(self._task, total=self._expected, refresh=True)

        def advance(self, done: int) -> None:
            self._bar.advance(self._task, done)
            if time.monotonic() - self._refreshed > _REFRESH:
                self._refreshed = time.monotonic()
                self._bar.refresh()

        def name(self, action: str) -> None:
            self._bar.update(self._task, description=action, refresh=True)

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(noun),
    )
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        yield Shown(bar, bar.add_task(action, total=None))

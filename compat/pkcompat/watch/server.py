"""Serving the page of `pkcompat watch` until a signal."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from watchfiles import awatch

from pkcompat.serving import Address, LoopbackOnly, ProjectFilter, address_of, serve
from pkcompat.watch.forms import WatchedForms
from pkcompat.watch.page import watch_app

_GRACE = 5.0  # seconds that stopping may take
_MOST_NAMES = 3


def serve_watch(
    watched: WatchedForms,
    listener: socket.socket,
    folders: Sequence[Path],
    *,
    on_started: Callable[[Address], None],
    on_change: Callable[[list[str]], None] = lambda paths: None,
) -> None:
    """Serve the page of watched forms until SIGINT or SIGTERM; must run in the main thread.

    Args:
        watched: the forms.
        listener: a socket from `listen`, on the loopback address.
        folders: the folders whose files restart both forms when they change.
        on_started: called with the page's address when it can be opened.
        on_change: called with the paths that changed.
    """
    address = address_of(listener)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(watched.run()),
                group.create_task(_restart_on_changes(watched, folders, on_change)),
            ]
            yield
            for task in tasks:
                task.cancel()

    async def end_pages(seconds: float) -> None:
        # the pages' event streams never end by themselves, and would use up the grace time
        watched.end_listening()

    serve(
        LoopbackOnly(watch_app(watched, lifespan), address.port),
        listener,
        on_started=lambda: on_started(address),
        drain=end_pages,
        grace=_GRACE,
    )


async def _restart_on_changes(
    watched: WatchedForms, folders: Sequence[Path], on_change: Callable[[list[str]], None]
) -> None:
    async for changes in awatch(*folders, watch_filter=ProjectFilter(), ignore_permission_denied=True):
        paths = sorted({path for _, path in changes})
        on_change(paths)
        names = list(dict.fromkeys(Path(path).name for path in paths))
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        reason = f"{', '.join(names[:_MOST_NAMES])}{more} changed; both forms restart."
        watched.start_again(replay=True, why=reason)

"""Serves the project of the current folder from an application of its own: also below `/live`, on SQLite,
and with rooms that hibernate soon."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount

from partyserver import Host
from partyserver.storage.sqlite import SqliteStorage
from pkcompat.project.hosting import HostPlan, load_parties
from pkcompat.project.partykit_json import load_project_config
from pkcompat.serving.server import address_of, listen, serve

IDLE_TIMEOUT = 0.05  # seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parties = load_parties(HostPlan(load_project_config(Path.cwd()).parties))
    host = Host(
        {name: party.server_class for name, party in parties.items()},
        storage=SqliteStorage("rooms.db"),
        idle_timeout=IDLE_TIMEOUT,
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with host.router.lifespan_context(host):  # Starlette runs no lifespan of what it mounts
            yield

    app = Starlette(routes=[Mount("/live", host), Mount("/", host)], lifespan=lifespan)
    listener = listen(port=parser.parse_args().port)
    url = address_of(listener).url
    serve(app, listener, on_started=lambda: print(f"{url}\nCtrl-C stops it.", flush=True))


if __name__ == "__main__":
    main()

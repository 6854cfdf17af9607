"""Parties that are served for a test, each by a thread of its own, so that any test can talk to them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from partyserver import Host
from partyserver.paths import encode_room_id
from pkcompat.errors import PkcompatError
from pkcompat.project import party_class
from pkcompat.serving import Address, serving
from pkcompat.traffic import DEFAULT_PARTY

_LONGEST_END = 30.0  # seconds after which a handler that blocks its thread is given up


class ServedPartyError(PkcompatError):
    """A party that was served for a test did not end."""


@dataclass(frozen=True, slots=True)
class ServedParty:
    """Where a party is served.

    Attributes:
        name: the party's name.
        port: the TCP port, on the loopback address.
    """

    name: str
    port: int

    def http(self, room: str | None = None) -> str:
        """The address of a room for HTTP; without one that of the host, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}{self._path(room)}"

    def ws(self, room: str | None = None) -> str:
        """The same for WebSockets."""
        return f"ws://127.0.0.1:{self.port}{self._path(room)}"

    def _path(self, room: str | None) -> str:
        return "" if room is None else f"/parties/{self.name}/{encode_room_id(room)}"


class ServeParty(Protocol):
    """What the fixture `serve_party` is."""

    def __call__(
        self,
        party: object,
        *,
        name: str = DEFAULT_PARTY,
        parties: Mapping[str, object] | None = None,
        **host: Any,
    ) -> ServedParty:
        """Serve a party on a free port of the loopback address until the test ends.

        Args:
            party: a `PartyServer` class, an object of handlers, a module of one party, or a target such as
                `chat.py`.
            name: its name.
            parties: further parties by name, for its `room.context.parties`.
            host: further arguments of `partyserver.Host`, such as `env={"KEY": "test"}` or
                `storage=SqliteStorage(tmp_path / "rooms")`; rooms are kept in memory by default.

        Raises:
            TargetError: one of them is no party.
            ValueError: the host does not take an argument.
        """


class ServedParties:
    """The parties of one test."""

    def __init__(self) -> None:
        self._threads = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._threads.close()

    def serve(
        self,
        party: object,
        *,
        name: str = DEFAULT_PARTY,
        parties: Mapping[str, object] | None = None,
        **host: Any,
    ) -> ServedParty:
        """See `ServeParty`."""
        served = {other: party_class(each) for other, each in {**(parties or {}), name: party}.items()}
        address = self._threads.enter_context(_ServingThread(Host(served, **host)))
        return ServedParty(name, address.port)


class _ServingThread:
    """A host in an event loop of a thread of its own."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._started: Future[tuple[Address, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name="pkcompat-serve-party", daemon=True)

    def __enter__(self) -> Address:
        self._thread.start()
        address, self._loop, self._end = self._started.result()
        return address

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(_LONGEST_END)
        if self._thread.is_alive():
            raise ServedPartyError(
                f"a party that was served for the test has not ended in {_LONGEST_END:g} s: a handler "
                "blocks its thread; the log names it"
            )

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        end = asyncio.Event()
        async with serving(self._host, limits=self._host.limits) as address:
            self._started.set_result((address, asyncio.get_running_loop(), end))
            await end.wait()

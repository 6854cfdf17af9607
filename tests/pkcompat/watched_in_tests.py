"""Watched forms in a test, and its news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from pkcompat.traffic.comparison import Rules
from pkcompat.traffic.steps import Traffic
from pkcompat.verify.given_traffic import VerifyPlan
from pkcompat.watch.forms import Listener, News, Status, WatchedForms, WatchPlan
from pkcompat.watch.traffic import WatchPace

PATIENCE = 30.0  # seconds for whatever a test waits for
PACE = WatchPace(quiet=0.1, patience=1.0)

OBJECT = """
import asyncio

def on_connect(connection, room):
    connection.send("hello")

async def on_message(message, connection, room):
    if message == "later":
        asyncio.get_running_loop().call_later(0.8, lambda: connection.send("now"))
    elif message == "boom":
        print("it booms")
        connection.close(4000, "boom")
    else:
        connection.send(message.upper())

default = {"onConnect": on_connect, "onMessage": on_message}
"""
CLASS = """
import asyncio
from partyserver import PartyServer, ServerOptions

class Chat(PartyServer):
    options = ServerOptions(hibernate=True)

    def on_connect(self, connection, ctx):
        connection.send("hello")

    async def on_message(self, message, sender):
        if message == "later":
            asyncio.get_running_loop().call_later(0.8, lambda: sender.send("now"))
        else:
            sender.send(message.title())
"""


def write_forms(folder: Path) -> None:
    """Write both forms: they agree but for what they say to `ab`, and to `boom`."""
    (folder / "old.py").write_text(OBJECT)
    (folder / "new.py").write_text(CLASS)


def watched_of(folder: Path, script: Traffic | None = None, rules: Rules | None = None) -> WatchedForms:
    """The forms in a folder."""

    def make_plan() -> WatchPlan:
        forms = VerifyPlan(
            script or Traffic("main", ()),
            str(folder / "old.py"),
            str(folder / "new.py"),
            rules=rules or Rules(),
        )
        return WatchPlan(forms, None)

    return WatchedForms(make_plan(), make_plan, pace=PACE)


class Watcher:
    """Listens to watched forms."""

    def __init__(self, watched: WatchedForms, listener: Listener) -> None:
        self.watched = watched
        self.said: list[str] = []
        self.steps: set[int] = set()
        self._listener = listener

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Take news in until something is so."""
        async with asyncio.timeout(PATIENCE):
            while not wanted():
                news = await self._listener.news()
                assert news is not None, self.said
                self._take(news)

    def _take(self, news: News) -> None:
        if news.begins_anew:
            self.steps.clear()
        self.steps |= news.steps
        self.said += news.said

    async def until_said(self, text: str) -> None:
        """Take news in until something is said, anew."""
        self.said.clear()
        await self.until(lambda: any(text in said for said in self.said))

    async def until_done(self) -> None:
        """Take news in until every step is taken and settled."""
        watched = self.watched
        await self.until(
            lambda: watched.status is Status.RUNNING and not watched.waiting and watched.traffic.is_settled
        )


@asynccontextmanager
async def watching(watched: WatchedForms) -> AsyncIterator[Watcher]:
    """Run watched forms, and listen, while the context lasts."""
    task = asyncio.create_task(watched.run())
    with watched.listening() as listener:
        try:
            yield Watcher(watched, listener)
        finally:
            task.cancel()
            await asyncio.wait({task})
    assert task.cancelled(), task.exception()

"""What `pkcompat init` writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

PARTY_NAME, TEST_NAME, TESTS_NAME = "party.py", "test_party.py", "test_parties.py"

PARTY = '''\
"""A chat: who joins sees what was said last, and hears what the others say."""

from partyserver import Connection, ConnectionContext, PartyServer, Request, Response

REMEMBERED = 20  # messages


class Chat(PartyServer):
    async def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        for line in await self.lines():
            connection.send(line)

    async def on_message(self, message: str | bytes, sender: Connection) -> None:
        if isinstance(message, bytes):
            sender.close(1003, "this chat takes texts")
            return
        await self.room.storage.put("lines", [*await self.lines(), message][-REMEMBERED:])
        self.room.broadcast(message, [sender.id])

    async def on_request(self, request: Request) -> Response:
        return Response(f"{len(await self.lines())} lines in {self.room.id}")

    async def lines(self) -> list[str]:
        stored: list[str] | None = await self.room.storage.get("lines")
        return stored or []
'''

TEST = '''\
"""The chat over real sockets. The fixture `serve_party` comes with pkcompat."""

import httpx
from websockets.sync.client import connect

from party import Chat
from pkcompat.testing import ServeParty


def test_what_is_said_is_heard_by_the_others_and_kept(serve_party: ServeParty) -> None:
    chat = serve_party(Chat)
    with connect(chat.ws("lobby")) as ada, connect(chat.ws("lobby")) as bob:
        ada.send("hello")
        assert bob.recv(timeout=10) == "hello"
    with connect(chat.ws("lobby")) as late:
        assert late.recv(timeout=10) == "hello"
    assert httpx.get(chat.http("lobby")).text == "1 lines in lobby"
    assert httpx.get(chat.http("elsewhere")).text == "0 lines in elsewhere"
'''

_TESTS = '''\
"""Every party of the project is served, over real sockets. The fixture comes with pkcompat."""

from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from pkcompat.testing import ServeParty

FAILED = 1011  # the close code after an exception in a handler
FOLDER = Path(__file__).parent


@pytest.mark.parametrize("target", {targets})
def test_a_client_comes_in_or_is_refused(target: str, serve_party: ServeParty) -> None:
    party = serve_party(str(FOLDER / target), env={env})
    try:
        with connect(party.ws("a-room")) as client, suppress(ConnectionClosed):
            client.ping(ack_on_close=True).wait(10)
    except InvalidStatus as refused:
        assert refused.response.status_code < 500
    else:
        assert client.close_code != FAILED
'''


def tests(targets: Iterable[str], env: Mapping[str, object]) -> str:
    """A test of parties that are there already.

    Args:
        targets: their targets.
        env: the variables of `room.env`.
    """
    return _TESTS.format(targets=json.dumps(list(targets), ensure_ascii=False), env=repr(dict(env)))


def config(name: str, parties: Mapping[str, str]) -> str:
    """A `partykit.json`.

    Args:
        name: the project's name.
        parties: targets by the name of the party.
    """
    others = {party: target for party, target in parties.items() if party != "main"}
    document: dict[str, object] = {"name": name}
    if "main" in parties:
        document["main"] = parties["main"]
    if others:
        document["parties"] = others
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

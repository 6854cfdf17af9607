"""`room.broadcast` and the ids that it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from tests.partyserver.in_process import Server

from partyserver import PartyServer, Room, ServerOptions


class Plain(PartyServer):
    """Has no handlers."""


class Hibernating(PartyServer):
    options = ServerOptions(hibernate=True)


def room_of(server: Server) -> Room:
    instance = server.room()._instance.server
    assert instance is not None
    return instance.room


@pytest.mark.parametrize("party", [Plain, Hibernating])
@pytest.mark.parametrize("kind", [list, tuple, set, dict.fromkeys, iter])
async def test_broadcast_leaves_out_the_ids_of_any_iterable(
    party: type[PartyServer], kind: Callable[[Iterable[str]], Any]
) -> None:
    server = Server(party)
    a, b, c = [await server.connect(name) for name in "abc"]
    await room_of(server).broadcast("hi", kind(["c", "a", "nobody"]))
    assert (a.received, b.received, c.received) == ([], ["hi"], [])


@pytest.mark.parametrize("nobody", [None, [], "", False])
async def test_broadcast_leaves_out_nobody(nobody: Any) -> None:
    server = Server(Plain)
    a, b = await server.connect("a"), await server.connect("b")
    await room_of(server).broadcast("hi", nobody)
    assert (a.received, b.received) == (["hi"], ["hi"])


async def test_broadcast_refuses_a_single_id() -> None:
    server = Server(Plain)
    a = await server.connect("a")
    with pytest.raises(TypeError, match="a list of connection ids"):
        room_of(server).broadcast("hi", "a")
    connection: Any = room_of(server).get_connections()[0]
    with pytest.raises(TypeError, match=r"got a connection; write \[connection.id\]"):
        room_of(server).broadcast("hi", connection)
    assert a.received == []


async def test_broadcast_passes_over_what_is_closing() -> None:
    server = Server(Plain)
    a, b = await server.connect("a"), await server.connect("b")
    a.connection.close(4000, "bye")
    await room_of(server).broadcast("hi")
    assert (a.received, b.received) == ([("close", 4000, "bye")], ["hi"])

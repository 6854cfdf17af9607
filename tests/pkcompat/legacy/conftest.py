"""A room with two clients, whose objects have the old names."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from tests.partyserver.in_process import Client, Server

from partyserver import PartyServer, Request, Response, Room, ServerOptions
from pkcompat import legacy_room
from pkcompat.legacy.room import LegacyRoom


class Plain(PartyServer):
    """Answers requests, and does nothing else."""

    async def on_request(self, request: Request) -> Response:
        return Response(f"{request.method} {request.url.path} {(await request.body()).decode()}")


class HibernatingPlain(Plain):
    options = ServerOptions(hibernate=True)


class Setting:
    """A room with two clients, and the room and a connection under the old names."""

    def __init__(self, server: Server, a: Client, b: Client) -> None:
        self.server, self.a, self.b = server, a, b
        self.plain_room: Room = instance_of(server).room
        self.room: LegacyRoom = legacy_room(self.plain_room)


def instance_of(server: Server, room_id: str = "room") -> PartyServer:
    instance = server.room(room_id)._instance.server
    assert instance is not None
    return instance


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The deprecated names warn; that has tests of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@pytest.fixture
async def setting(quiet: None) -> Setting:
    server = Server(Plain, HibernatingPlain, env={"KEY": "value"})
    return Setting(server, await server.connect("a"), await server.connect("b"))

"""Protocol objects that are copied from the first one of their server."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.partyserver.wires import FakeTransport
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.server import ServerProtocol

from partyserver import Host, PartyServer
from partyserver.wire.handshake import PartyWebSocketProtocol
from partyserver.wire.prepared import Prepared, prepared
from pkcompat.serving.server import uvicorn_config

MADE_FOR_EACH = {"app_state", "conn", "frames", "queue", "writable"}
MADE_FOR_EACH_PARSER = {"events", "extensions", "id", "parser", "reader", "writes"}


def protocols(count: int, state: ServerState | None = None) -> list[PartyWebSocketProtocol]:
    config = uvicorn_config(Host({"main": PartyServer}))
    config.load()
    state = state or ServerState()
    return [PartyWebSocketProtocol(config, state, {"number": number}) for number in range(count)]


async def test_a_copy_has_what_uvicorn_and_websockets_give_to_a_protocol() -> None:
    first, copy = protocols(2)
    plain = WebSocketsSansIOProtocol(first.config, ServerState(), {})
    for made in (first, copy):
        assert made.__dict__.keys() == plain.__dict__.keys()
        assert made.conn.__dict__.keys() == plain.conn.__dict__.keys()
        assert type(made.conn) is ServerProtocol
        assert made.writable.is_set()
        assert made.queue.empty()
    for name in plain.__dict__.keys() - MADE_FOR_EACH:
        assert getattr(copy, name) == getattr(plain, name), name
    for name in plain.conn.__dict__.keys() - MADE_FOR_EACH_PARSER:
        assert getattr(copy.conn, name) == getattr(plain.conn, name), name


async def test_copies_share_nothing_that_changes() -> None:
    _, one, other = protocols(3)
    for name in MADE_FOR_EACH:
        assert getattr(one, name) is not getattr(other, name), name
    for name in MADE_FOR_EACH_PARSER - {"id"}:
        assert getattr(one.conn, name) is not getattr(other.conn, name), name
    assert other.app_state == {"number": 2}
    assert one.connections is other.connections


async def test_each_server_and_each_event_loop_has_its_own() -> None:
    state = ServerState()
    one, _ = protocols(2, state)
    [other] = protocols(1, state)
    common = prepared[state]
    assert common.is_for(one.config, one.loop)
    assert not common.is_for(other.config, one.loop)
    another_loop = asyncio.new_event_loop()
    assert not common.is_for(one.config, another_loop)
    another_loop.close()


def test_attributes_that_may_change_are_not_copied() -> None:
    def is_plain(**attributes: Any) -> bool:
        return Prepared(attributes, {"max_message_size": 1}).is_plain

    assert is_plain(ping_interval=20.0, client=("::1", 1), queue=[])
    assert not is_plain(a_new_list=[])
    assert not Prepared({}, {"a_new_dict": {}}).is_plain


async def test_a_copy_answers_a_handshake_that_uvicorn_itself_has_read() -> None:
    _, copy = protocols(2)
    transport = FakeTransport()
    copy.connection_made(transport)
    copy.data_received(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
    assert transport.writes[0].startswith(b"HTTP/1.1 426 ")

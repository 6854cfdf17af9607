"""Handshakes of which nothing has to be negotiated, beside what websockets makes of them."""

from __future__ import annotations

import pytest
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.server import ServerProtocol

from partyserver.wire.plain_handshake import offered_subprotocols, plain_answer, plain_key

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
PLAIN = {
    b"host": [b"example.com"],
    b"connection": [b"Upgrade"],
    b"upgrade": [b"websocket"],
    b"sec-websocket-key": [KEY],
    b"sec-websocket-version": [b"13"],
}
DEFLATE = b"permessage-deflate; client_max_window_bits"

# Each with whether it is plain; where it is not, websockets judges it.
CHANGES: list[tuple[dict[bytes, list[bytes]], bool]] = [
    ({}, True),
    ({b"connection": [b"keep-alive, Upgrade"]}, True),
    ({b"connection": [b"upgrade, keep-alive"]}, False),
    ({b"connection": [b"close"]}, False),
    ({b"connection": []}, False),
    ({b"connection": [b"keep-alive", b"Upgrade"]}, False),
    ({b"upgrade": [b"WebSocket"]}, True),
    ({b"upgrade": [b"websocket, h2c"]}, False),
    ({b"upgrade": []}, False),
    ({b"sec-websocket-key": [b"dGhl"]}, False),
    ({b"sec-websocket-key": [KEY, KEY]}, False),
    ({b"sec-websocket-key": [KEY + b"\n"]}, False),
    ({b"sec-websocket-key": []}, False),
    ({b"sec-websocket-version": [b"8"]}, False),
    ({b"sec-websocket-version": [b"13", b"13"]}, False),
    ({b"sec-websocket-version": []}, False),
    ({b"origin": [b"https://example.com"]}, True),
    ({b"origin": [b"https://a.example", b"https://b.example"]}, False),
    ({b"sec-websocket-protocol": [b"chat, v2.chat"]}, True),
    ({b"sec-websocket-protocol": [b"chat,,chat"]}, False),
    ({b"sec-websocket-protocol": [b"cha\xe4t"]}, False),
    ({b"cookie": [b"a=1", b"b=\xe4"]}, True),
]


def headers(changes: dict[bytes, list[bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, values in {**PLAIN, **changes}.items() for value in values]


@pytest.mark.parametrize(("changes", "is_plain"), CHANGES)
def test_a_plain_handshake_is_answered_as_websockets_answers_it(
    changes: dict[bytes, list[bytes]], is_plain: bool
) -> None:
    given = headers(changes)
    key = plain_key(given, negotiates=False)
    assert (key is not None) is is_plain
    if key is None:
        return
    known = Headers()
    for name, value in given:
        known[name.decode()] = value.decode("latin-1")
    conn = ServerProtocol()
    response = conn.accept(Request("/party/room", known))
    del response.headers["Date"]
    conn.send_response(response)
    assert plain_answer(key) == b"".join(conn.data_to_send())


def test_an_offer_of_extensions_is_not_plain_where_the_server_has_some() -> None:
    offer = headers({b"sec-websocket-extensions": [DEFLATE]})
    assert ServerPerMessageDeflateFactory.name in DEFLATE.decode()
    assert plain_key(offer, negotiates=True) is None
    assert plain_key(offer, negotiates=False) == KEY
    assert plain_key(headers({}), negotiates=True) == KEY


def test_subprotocols_are_offered_in_their_order() -> None:
    assert offered_subprotocols(headers({b"sec-websocket-protocol": [b"v2.chat, chat,x"]})) == [
        "v2.chat",
        "chat",
        "x",
    ]
    assert offered_subprotocols(headers({})) == []

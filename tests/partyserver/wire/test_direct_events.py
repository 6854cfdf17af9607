"""Messages out of parsed WebSocket events."""

from __future__ import annotations

import pytest

from partyserver.wire.direct_events import message_of


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"text": "x"}, "x"),
        ({"text": ""}, ""),
        ({"bytes": b"x"}, b"x"),
        ({"bytes": b"x", "text": None}, b"x"),
        ({"bytes": None, "text": "x"}, "x"),
    ],
)
def test_the_message_of_an_event(event: dict[str, object], message: str | bytes) -> None:
    assert message_of({"type": "websocket.receive", **event}) == message

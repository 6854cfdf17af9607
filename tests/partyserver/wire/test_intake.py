"""Whether a peer that is not read from is still there."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from partyserver.wire.intake import is_peer_there


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        with client, accepted:
            yield client, accepted


def transport(connection: Any) -> Any:
    return SimpleNamespace(get_extra_info=lambda name: connection)


def test_a_peer_is_there_until_it_closes(pair: tuple[socket.socket, socket.socket]) -> None:
    client, accepted = pair
    client.sendall(b"unread")
    assert is_peer_there(transport(accepted), 0.0)
    client.close()
    assert not is_peer_there(transport(accepted), 0.0)


def test_a_peer_that_resets_has_gone(pair: tuple[socket.socket, socket.socket]) -> None:
    client, accepted = pair
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    assert not is_peer_there(transport(accepted), 20.0)


class Told:
    """A socket of which the kernel tells what it is to."""

    def __init__(self, *told: int) -> None:
        self._told = told

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        return struct.pack("=B23xI28xI", *self._told)[:size]


@pytest.mark.parametrize(
    ("unacknowledged", "milliseconds", "there"), [(0, 60_000, True), (1, 100, True), (1, 60_000, False)]
)
def test_a_peer_that_acknowledges_nothing_has_gone(
    unacknowledged: int, milliseconds: int, there: bool
) -> None:
    assert is_peer_there(transport(Told(1, unacknowledged, milliseconds)), 20.0) is there


def test_where_the_kernel_does_not_tell_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_peer_there(transport(None), 20.0)
    with socket.socket(socket.AF_UNIX) as unix:
        assert is_peer_there(transport(unix), 20.0)
    monkeypatch.delattr(socket, "TCP_INFO")
    assert is_peer_there(transport(Told(8, 0, 0)), 20.0)

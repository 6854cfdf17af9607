"""Deprecation warnings: once a name, at the handler's line."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from tests.partyserver.in_process import Server, settle

from pkcompat import legacy_to_class
from pkcompat.legacy.deprecation import forget_warnings, warn_once


@pytest.fixture
def caught() -> Iterator[list[warnings.WarningMessage]]:
    forget_warnings()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


def test_each_name_warns_once(caught: list[warnings.WarningMessage]) -> None:
    def old_name(name: str) -> None:
        warn_once(name, "new")

    for name in ("one", "two", "one"):
        old_name(name)
    assert [str(warning.message) for warning in caught] == [
        "one is deprecated; use new",
        "two is deprecated; use new",
    ]
    forget_warnings()
    old_name("one")
    assert len(caught) == 3
    assert {(warning.filename, warning.category) for warning in caught} == {(__file__, DeprecationWarning)}


async def test_every_deprecated_name_shows_the_line_of_the_handler(
    caught: list[warnings.WarningMessage],
) -> None:
    def on_message(message: Any, connection: Any, room: Any) -> None:
        for peer in room.connections.values():
            peer.socket.send(message)
        connection.serializeAttachment(5)
        connection.send(str(connection.deserializeAttachment()))
        assert list(room.parties) == ["main"]

    client = await Server(legacy_to_class({"onMessage": on_message})).connect("a")
    client.send("x")
    client.send("y")
    await settle()
    assert client.received == ["x", "5", "y", "5"]
    assert [str(warning.message) for warning in caught] == [
        "room.connections is deprecated; use room.getConnections()",
        "connection.socket is deprecated; use the connection itself",
        "connection.serializeAttachment is deprecated; use connection.setState",
        "connection.deserializeAttachment is deprecated; use connection.state",
        "room.parties is deprecated; use room.context.parties",
    ]
    assert {warning.filename for warning in caught} == {__file__}


async def test_names_that_are_not_deprecated_do_not_warn(caught: list[warnings.WarningMessage]) -> None:
    async def on_message(message: Any, connection: Any, room: Any) -> None:
        connection.setState(connection.readyState)
        await room.storage.deleteAll()
        room.getConnection(connection.id).send(room.internalID[:0] + next(iter(room.context.parties)))

    client = await Server(legacy_to_class({"onMessage": on_message})).connect("a")
    client.send("x")
    await settle()
    assert client.received == ["main"]
    assert not caught


def test_unstable_on_fetch_warns(caught: list[warnings.WarningMessage]) -> None:
    legacy_to_class({"unstable_onFetch": print})
    assert [(str(warning.message), warning.filename) for warning in caught] == [
        ("unstable_onFetch is deprecated; use onFetch", __file__)
    ]

"""Connections of a room: by id or several of one, and their tags."""

from __future__ import annotations

from typing import Any

import pytest
from tests.partyserver.in_process import Wire

from partyserver import Connection, ConnectionTagError, ReadyState
from partyserver.rooms.connection_table import ConnectionsById, HibernatingConnections, checked_tags


def connection(connection_id: str) -> Connection:
    return Connection(connection_id, "http://test/", Wire())


def test_by_id_a_later_connection_takes_the_place_of_an_earlier_one() -> None:
    table = ConnectionsById()
    first, other, second = connection("a"), connection("b"), connection("a")
    for each in (first, other, second):
        table.add(each, [])
    assert table.all() == [second, other]
    assert table.get("a") is second
    assert table.sockets() == [first, other, second]
    table.remove(first)
    assert table.get("a") is None
    assert table.all() == [other]


def test_by_id_a_closing_connection_stays_until_it_is_closed() -> None:
    table = ConnectionsById()
    a = connection("a")
    table.add(a, [])
    a.close()
    assert table.all() == [a]


def test_hibernating_every_open_socket_counts() -> None:
    table = HibernatingConnections()
    first, other, second = connection("a"), connection("b"), connection("a")
    for each in (first, other, second):
        table.add(each, [])
    assert table.all() == [first, other, second]
    assert table.get("a") is second
    second.close()
    assert second.ready_state is ReadyState.CLOSING
    assert table.all() == [first, other]
    assert table.get("a") is first
    table.remove(first)
    table.remove(first)
    assert table.get("a") is None
    assert table.sockets() == [other, second]


@pytest.mark.parametrize("table", [ConnectionsById(), HibernatingConnections()])
def test_tags_select(table: Any) -> None:
    a, b = connection("a"), connection("b")
    table.add(a, ["red", "a"])
    table.add(b, ["red", "blue"])
    assert table.all("red") == [a, b]
    assert table.all("blue") == [b]
    assert table.all("a") == [a]
    assert table.all("green") == []


def test_checked_tags_begin_with_the_id_once() -> None:
    assert checked_tags("a", ["x", "a", "y"]) == ("a", "x", "y")


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([str(n) for n in range(10)], "A connection can only have 10 tags, including the default id tag."),
        ([""], "A connection tag must not be an empty string."),
        (["x" * 257], "A connection tag must not exceed 256 characters"),
        ([5], "A connection tag must be a string. Received: 5"),
    ],
)
def test_checked_tags_refuse(tags: list[Any], words: str) -> None:
    with pytest.raises(ConnectionTagError) as caught:
        checked_tags("a", tags)
    assert str(caught.value) == words


def test_the_longest_tag_and_the_most_tags() -> None:
    assert len(checked_tags("a", ["x" * 256, *(str(n) for n in range(8))])) == 10


def test_without_hibernation_tags_are_not_checked() -> None:
    table = ConnectionsById()
    table.add(connection("a"), [str(n) for n in range(50)])
    assert len(table.all("49")) == 1
    table.add(connection("b"), [["no", "text"]])  # type: ignore[list-item]
    assert len(table.all()) == 2


@pytest.mark.parametrize("table", [ConnectionsById(), HibernatingConnections()])
def test_a_connection_whose_tags_are_no_list_does_not_come_in(table: Any) -> None:
    a = connection("a")
    table.add(a, ["red"])
    with pytest.raises(TypeError):
        table.add(connection("b"), 5)
    assert table.all() == table.all("red") == [a]

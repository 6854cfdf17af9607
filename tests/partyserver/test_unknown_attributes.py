"""Attributes that rooms, connections and the like do not have: what is said, and what goes on as before."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest
from tests.partyserver.in_process import Server

from partyserver import Connection, PartyServer
from pkcompat import legacy_to_class

Ask = Callable[[Any, Any], Any]


class ClassForm(PartyServer):
    ask: Ask

    def on_connect(self, connection: Connection, ctx: Any) -> None:
        connection.send(answered(type(self).ask, self.room, connection))


def answered(ask: Ask, room: Any, connection: Any) -> str:
    try:
        return str(ask(room, connection))
    except AttributeError as error:
        return "".join(traceback.format_exception(error)).strip().splitlines()[-1]


async def both_answers(ask: Ask) -> set[str]:
    """What handlers of the two forms get from a question."""
    ClassForm.ask = staticmethod(ask)
    legacy = legacy_to_class(
        {"onConnect": lambda connection, room: connection.send(answered(ask, room, connection))}
    )
    answers: set[str] = set()
    for party in (ClassForm, legacy):
        answers.update((await Server(party).connect("a")).received)
    return answers


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda room, _: room.storge, "room has no attribute 'storge'; did you mean 'storage'?"),
        (lambda room, _: room.brodcast("x"), "room has no attribute 'brodcast'; did you mean 'broadcast'?"),
        (
            lambda room, _: room.getConections(),
            "room has no attribute 'getConections'; did you mean 'get_connections'?",
        ),
        (
            lambda room, _: room.conections,
            "room has no attribute 'conections'; did you mean 'get_connections()'?",
        ),
        (lambda room, _: room.partys, "room has no attribute 'partys'; did you mean 'context.parties'?"),
        (lambda room, _: room.seats, "room has no attribute 'seats'"),
        (lambda room, _: room._seats, "room has no attribute '_seats'"),
        (lambda room, _: room.storage.gett, "room.storage has no attribute 'gett'; did you mean 'get'?"),
        (
            lambda room, _: room.storage.setAlarn,
            "room.storage has no attribute 'setAlarn'; did you mean 'set_alarm'?",
        ),
        (
            lambda room, _: room.context.asets,
            "room.context has no attribute 'asets'; did you mean 'assets'?",
        ),
        (
            lambda _, connection: connection.sned("x"),
            "connection has no attribute 'sned'; did you mean 'send'?",
        ),
        (
            lambda _, connection: connection.setstaet,
            "connection has no attribute 'setstaet'; did you mean 'set_state'?",
        ),
        (
            lambda room, _: room.context.parties["main"].get("x").fecth,
            "the stub has no attribute 'fecth'; did you mean 'fetch'?",
        ),
    ],
)
async def test_both_forms_say_what_has_no_such_attribute_and_which_is_meant(ask: Ask, told: str) -> None:
    assert await both_answers(ask) == {f"AttributeError: {told}"}


async def test_attributes_of_ones_own_and_asking_for_them_work_as_with_any_object() -> None:
    def ask(room: Any, connection: Any) -> Any:
        before = hasattr(room, "seats"), getattr(connection, "seat", 7), getattr(room, "storge", "none")
        room.seats, connection.seat, room.storge = 4, 5, "mine"
        after = room.seats, connection.seat, room.storge
        del room.seats
        return before, after, hasattr(room, "seats"), vars(connection)

    assert await both_answers(ask) == {
        "((False, 7, 'none'), (4, 5, 'mine'), False, {'seat': 5})",
    }


async def test_a_property_of_a_subclass_that_fails_says_so_itself() -> None:
    with pytest.raises(AttributeError) as caught:
        _ = Connection("a", "", None).storge  # type: ignore[arg-type, attr-defined]
    assert caught.value.name == "storge"

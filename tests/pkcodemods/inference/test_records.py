"""What tuples with names hold."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import codes, migrated

MODULE = """\
from collections import namedtuple
from typing import NamedTuple

{made}


def on_close(connection, room):
    seat = Seat(room, player=connection)
    {used}


default = {{"onClose": on_close}}
"""
MADE = [
    'Seat = namedtuple("Seat", "room player")',
    'Seat = namedtuple("Seat", ["room", "player"])',
    'Seat = namedtuple("Seat", "room, player", defaults=[None])',
    'Seat = NamedTuple("Seat", [("room", object), ("player", object)])',
]


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize(
    ("used", "after"),
    [
        ("seat.player.socket.send(seat.room.internalID)", "seat.player.send(seat.room.internal_id)"),
        ("r, p = seat; p.socket.send(r.internalID)", "r, p = seat; p.send(r.internal_id)"),
        ("seat[1].socket.send(seat[0].internalID)", "seat[1].send(seat[0].internal_id)"),
        ("seat._replace(room=room).player.socket.close()", "seat._replace(room=self.room).player.close()"),
    ],
)
def test_fields_are_known(made: str, used: str, after: str) -> None:
    result = migrated(MODULE.format(made=made, used=used))
    assert after in result.code
    assert result.outcome == "rewritten"


def test_fields_that_only_show_when_it_runs_are_not() -> None:
    source = MODULE.format(
        made='Seat = namedtuple("Seat", input().split())', used="seat.player.socket.send('x')"
    )
    assert "PK208" in codes(source)

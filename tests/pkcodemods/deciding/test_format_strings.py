"""Texts that name attributes of what they format."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import codes, migrated

MODULE = """\
TEXT = "{{r.internalID}}"


def on_close(connection, room):
    room.broadcast({})


default = {{"onClose": on_close}}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"{r.internalID}: {c.socket.id}".format(r=room, c=connection)', '"{r.internal_id}: {c.id}".format('),
        ('"{0.internalID} {1.id!r:>9} {{x}}".format(room, connection)', '"{0.internal_id} {1.id!r:>9} {{x'),
        ('"{.internalID} {:{}}".format(room, connection.id, 9)', '"{.internal_id} {:{}}".format('),
        ('"{r.internalID}".format_map({"r": room})', '"{r.internal_id}".format_map('),
        ('"{r.internalID}".format(**{"r": room})', '"{r.internal_id}".format(**'),
        ('("{r.internalID}" "{r.id}").format(r=room)', '("{r.internal_id}" "{r.id}").format('),
        ('"{a[0].internalID}".format(a=[room])', '"{a[0].internal_id}".format('),
        ('"{a[0].internalID}".format(a=[room, 1])', None),
        ('"{r.env[internalID]}".format(r=room)', '"{r.env[internalID]}".format('),
        ('"{r.connections}".format(r=room)', None),
        ('"{r.broadcast}{r.internalID}".format(r=room)', None),
        ('"\\\\x7br.internalID}".format(r=room)', None),
        ('"{r.internalID}".format(*[room], r=room)', None),
    ],
)  # fmt: skip
def test_fields(before: str, after: str | None) -> None:
    source = MODULE.format(before)
    result = migrated(source)
    if after is None:
        assert result.outcome in ("residue", "wrapped")
    else:
        assert after in result.code
        assert result.outcome == "rewritten"


def test_a_text_that_has_a_name() -> None:
    result = migrated(MODULE.format("TEXT.format(r=room)"))
    assert 'TEXT = "{r.internal_id}"' in result.code
    assert result.outcome == "rewritten"


@pytest.mark.parametrize(
    "more", ["\n__all__ = ['TEXT', 'default']\n", "\nprint(TEXT)\n", "\nprint(TEXT.format(r=1))\n"]
)
def test_a_text_that_is_read_elsewhere_stays(more: str) -> None:
    source = MODULE.format("TEXT.format(r=room)") + more
    assert 'TEXT = "{r.internalID}"' in migrated(source).code
    assert codes(source) == ["PK201"]

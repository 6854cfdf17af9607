"""Names of rooms as the tables hold them.

A party's and a room's name are columns of text, so that whoever looks at the tables can read them. Text takes
no NUL and no half of a surrogate pair, and an index no long row: a name that is one of these is stored as its
digest, beside the whole name in a column of bytes. Keys are columns of bytes: they hold anything, and compare
by their UTF-8 bytes, as `COLLATE "C"` does.
"""

from __future__ import annotations

import hashlib

from partyserver.exceptions import ClusterError
from partyserver.storage import RoomKey

LONGEST = 256
"""Bytes of a name that is stored as it is: with those of a party, a room and a key of 2,048 bytes a row of an
index has at most 2,704."""
_DIGEST = "~sha256:"
DIGESTS = (_DIGEST, _DIGEST[:-1] + ";")
"""Digests in the column `room` are from the first up to the second."""


def stored(room: RoomKey) -> RoomKey:
    """The names of a room as the columns `party` and `room` have them.

    Raises:
        ClusterError: the party's name is none that a cluster keeps.
    """
    party, room_id = room
    if not _as_it_is(party):
        raise ClusterError(
            f"the party's name {party[:40]!r} cannot be kept in a cluster; use one of at most {LONGEST} "
            "bytes without NUL"
        )
    return (party, room_id) if _as_it_is(room_id) else (party, _digest(room_id))


def whole(room_id: str) -> bytes | None:
    """The name that is kept beside the digest in the column `room`; None where it is no digest."""
    return None if _as_it_is(room_id) else _encoded(room_id)


def read(room: str, whole_room: bytes | None) -> str:
    """A room's name, from the columns `room` and `whole_room`."""
    return room if whole_room is None else whole_room.decode("utf-8", "surrogatepass")


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _as_it_is(name: str) -> bool:
    if name.isascii():
        return len(name) <= LONGEST and "\0" not in name and not name.startswith(_DIGEST)
    try:
        return len(name.encode()) <= LONGEST and "\0" not in name and not name.startswith(_DIGEST)
    except UnicodeEncodeError:
        return False


def _digest(name: str) -> str:
    return _DIGEST + hashlib.sha256(_encoded(name)).hexdigest()

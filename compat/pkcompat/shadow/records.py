"""The messages between the serving process and the shadow's process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from partyserver.storage import Alarm
from pkcompat.traffic import MaskSettings, Rules

Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShadowTarget:
    """A party's other form.

    Attributes:
        target: its import target.
        sources: replaced source code, by file path.
    """

    target: str
    sources: Mapping[Path, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """Import the shadow's parties.

    Attributes:
        targets: by party name.
        memory: bytes of memory that the process may use.
    """

    targets: Mapping[str, ShadowTarget]
    memory: int


@dataclass(frozen=True, slots=True)
class Begin:
    """The host starts.

    Attributes:
        parties: the names of all its parties.
        env: what `room.env` holds.
        assets: its static files.
        debug: whether clients see the messages of unexpected exceptions.
        idle_timeout: seconds without an event after which a hibernating party's instance is dropped.
        rules: what the comparison ignores.
        patience: seconds that one form may be ahead of the other.
        differences: the folder for traffic files of differences; None saves none.
        masks: what they mask.
    """

    parties: tuple[str, ...]
    env: Mapping[str, Any]
    assets: Any
    debug: bool
    idle_timeout: float
    rules: Rules
    patience: float
    differences: Path | None
    masks: MaskSettings


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """A record about a room.

    Attributes:
        room: the room's number; it gets a new one each time it starts.
    """

    room: int


@dataclass(frozen=True, slots=True)
class Starts(RoomRecord):
    """A room's instance is about to be made."""

    party: str
    room_id: str
    values: Mapping[str, bytes]
    alarm: Alarm | None
    hibernates: bool


@dataclass(frozen=True, slots=True)
class Ends(RoomRecord):
    """A room cannot be followed any further."""


@dataclass(frozen=True, slots=True)
class Connects(RoomRecord):
    """A client connects."""

    connection: int
    connection_id: str
    uri: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Connected(RoomRecord):
    """`on_connect` is done."""

    connection: int


@dataclass(frozen=True, slots=True)
class WasRefused(RoomRecord):
    """`on_connect` raised."""

    connection: int
    reason: str


@dataclass(frozen=True, slots=True)
class Came(RoomRecord):
    """A client's message arrived."""

    connection: int
    data: str | bytes


@dataclass(frozen=True, slots=True)
class Ended(RoomRecord):
    """A connection ended; `broken` if the client violated the protocol."""

    connection: int
    code: int
    reason: str
    was_clean: bool
    broken: bool


@dataclass(frozen=True, slots=True)
class Sent(RoomRecord):
    """The room sent a message to a client."""

    connection: int
    data: str | bytes


@dataclass(frozen=True, slots=True)
class ClosedHere(RoomRecord):
    """The room closed a connection."""

    connection: int
    code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Asked(RoomRecord):
    """A request arrived."""

    request: int
    scope: Scope


@dataclass(frozen=True, slots=True)
class Body(RoomRecord):
    """The handler read a part of a request's body."""

    request: int
    data: bytes
    more: bool


@dataclass(frozen=True, slots=True)
class Replied(RoomRecord):
    """A request was answered; the body is None if it is streamed."""

    request: int
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Rang(RoomRecord):
    """The alarm rang."""


@dataclass(frozen=True, slots=True)
class Idles(RoomRecord):
    """No handler runs now."""


@dataclass(frozen=True, slots=True)
class Rests(RoomRecord):
    """The instance was dropped; the room too (`gone`), if it has no sockets."""

    gone: bool


@dataclass(frozen=True, slots=True)
class Fetched(RoomRecord):
    """Another room answered a request of this room."""

    key: FetchKey
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class SocketOpened(RoomRecord):
    """The room opened a socket to another room."""

    socket: int
    key: FetchKey


@dataclass(frozen=True, slots=True)
class SocketSent(RoomRecord):
    """The room sent a message over such a socket."""

    socket: int
    data: str | bytes


@dataclass(frozen=True, slots=True)
class SocketClosed(RoomRecord):
    """The room closed such a socket."""

    socket: int
    code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class SocketGot(RoomRecord):
    """The other room sent a message over such a socket."""

    socket: int
    data: str | bytes


@dataclass(frozen=True, slots=True)
class SocketEnded(RoomRecord):
    """The other room closed such a socket."""

    socket: int
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class FetchKey:
    """Identifies a request or a socket to another room in both forms; a socket's method is `SOCKET`."""

    party: str
    room_id: str
    method: str
    path: str
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path} of {self.party}/{self.room_id}"


@dataclass(frozen=True, slots=True)
class Finish:
    """The host has ended: no more records follow.

    Attributes:
        seconds: after which the process is killed, if it has not ended.
    """

    seconds: float


# The answers of the shadow's process.


@dataclass(frozen=True, slots=True)
class Loaded:
    """The parties are imported."""


@dataclass(frozen=True, slots=True)
class CannotLoad:
    """They cannot be imported."""

    message: str
    detail: str


@dataclass(frozen=True, slots=True)
class Alive:
    """A sign of life: the process has compared so many things since the last one."""

    compared: int


@dataclass(frozen=True, slots=True)
class GaveUp(RoomRecord):
    """A room is no longer followed, for example since it differed."""

    why: str


@dataclass(frozen=True, slots=True)
class FoundDifference:
    """The forms differ.

    Attributes:
        party: the party's name.
        room_id: the room's id.
        where: what differs, such as a client.
        after: the last step before the difference.
        primary: what the answering form did.
        shadow: what the shadow did.
        file: the traffic file that was saved.
        not_kept: why there is none.
        error: the traceback of the last exception in the shadow's room.
    """

    party: str
    room_id: str
    where: str
    after: str
    primary: str
    shadow: str
    file: Path | None
    not_kept: str = ""
    error: str = ""

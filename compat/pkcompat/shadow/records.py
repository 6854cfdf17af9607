"""What the process that serves tells the process in which the shadow runs, and what that answers."""

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
        target: where it is.
        sources: code that takes the place of what is in a file, by the file's path.
    """

    target: str
    sources: Mapping[Path, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """Import the shadow's parties.

    Attributes:
        targets: by party name.
        memory: bytes that the process may have.
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
        debug: whether clients are told the messages of unexpected exceptions.
        idle_timeout: seconds without an event after which a hibernating party's instance is dropped.
        rules: what is left out of the comparison.
        patience: seconds that what one form does may be ahead of the other.
        differences: the folder for traffic files of differences; None keeps none.
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
    """Something about a room.

    Attributes:
        room: the room's number; one that starts anew has a new one.
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
    """A message came."""

    connection: int
    data: str | bytes


@dataclass(frozen=True, slots=True)
class Ended(RoomRecord):
    """A connection ended."""

    connection: int
    code: int
    reason: str
    was_clean: bool
    broken: bool


@dataclass(frozen=True, slots=True)
class Sent(RoomRecord):
    """The room sent something."""

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
    """A request came."""

    request: int
    scope: Scope


@dataclass(frozen=True, slots=True)
class Body(RoomRecord):
    """The handler read some of a request's body."""

    request: int
    data: bytes
    more: bool


@dataclass(frozen=True, slots=True)
class Replied(RoomRecord):
    """A request was answered; of a body that is made on the way nothing is known (None)."""

    request: int
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Rang(RoomRecord):
    """The alarm rang."""


@dataclass(frozen=True, slots=True)
class Idles(RoomRecord):
    """No handler runs any more."""


@dataclass(frozen=True, slots=True)
class Rests(RoomRecord):
    """The instance was dropped, and the room with it if there are no sockets."""

    gone: bool


@dataclass(frozen=True, slots=True)
class Fetched(RoomRecord):
    """The room was answered by another one."""

    key: FetchKey
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class SocketOpened(RoomRecord):
    """The room opened a socket to another one."""

    socket: int
    key: FetchKey


@dataclass(frozen=True, slots=True)
class SocketSent(RoomRecord):
    """The room sent something over such a socket."""

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
    """Something came over such a socket."""

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
    """By what a request to another room, or a socket to it, is known; a socket's method is `SOCKET`."""

    party: str
    room_id: str
    method: str
    path: str
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path} of {self.party}/{self.room_id}"


@dataclass(frozen=True, slots=True)
class Finish:
    """The host has ended: nothing more comes.

    Attributes:
        seconds: until the process is ended, if it has not ended by itself.
    """

    seconds: float


# What comes back.


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
    """The process works, and has compared so many things since it last said so."""

    compared: int


@dataclass(frozen=True, slots=True)
class GaveUp(RoomRecord):
    """A room is no longer followed; a difference ends it too."""

    why: str


@dataclass(frozen=True, slots=True)
class FoundDifference:
    """The forms differ.

    Attributes:
        party: the party's name.
        room_id: the room's id.
        where: what differs, such as a client.
        after: the last step before it showed.
        primary: what the form that answers did.
        shadow: what the shadow did.
        file: the traffic file that was kept.
        not_kept: why none was.
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

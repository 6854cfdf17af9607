"""What two nodes say to each other over a link, and how it is written: MessagePack, by msgspec."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

PROTOCOL_VERSION = 1
"""Of the messages below. It changes with any of them: nodes of different versions refuse each other."""

Headers = list[tuple[bytes, bytes]]


class Message(msgspec.Struct, array_like=True, gc=False):
    """One message. Its `id` names the stream: one connection or one request that is passed on."""

    id: int


def _check(data: object) -> None:
    if not isinstance(data, str | bytes):
        raise TypeError(f"a message is text or bytes, not {type(data).__name__}")


# From the entry, the node that a client has reached, to the owner of the room.


class Connect(Message, tag=1):
    """A client connects."""

    party: str
    room_id: str
    connection_id: str
    uri: str
    scope: dict[str, Any]


class Ask(Message, tag=2):
    """A client makes a request."""

    party: str
    room_id: str
    scope: dict[str, Any]


class Body(Message, tag=3):
    """A part of the request's body."""

    data: bytes
    more: bool


class BodyFailed(Message, tag=4):
    """The body cannot be read any further: it is longer than `most` bytes, or (0) was read already."""

    most: int


class Said(Message, tag=5):
    """The client has sent a message."""

    data: Any  # text or bytes, which msgspec cannot have both in one type

    def __post_init__(self) -> None:
        _check(self.data)


class Ended(Message, tag=6):
    """The client's WebSocket, or its request, has ended."""

    code: int
    reason: str = ""
    was_clean: bool = True
    is_error: bool = False


class Drained(Message, tag=7):
    """The client can take more: the answer to `Drain`."""


class AskSettled(Message, tag=8):
    """Is everything handled that the client has sent?"""


# From the owner to the entry.


class Admitted(Message, tag=20):
    """`on_connect` is done."""


class Rejected(Message, tag=21):
    """`on_connect` let nobody in: the connection is to be closed so."""

    reason: str
    code: int


class Refused(Message, tag=22):
    """The room cannot be started, or is full: the handshake is to be refused with this response."""

    text: str
    status: int
    headers: Headers
    body: bytes


class NotMine(Message, tag=23):
    """The room is not this node's; nothing has happened."""


class Send(Message, tag=24):
    """The room sends a message."""

    data: Any  # text or bytes, which msgspec cannot have both in one type

    def __post_init__(self) -> None:
        _check(self.data)


class Close(Message, tag=25):
    """The room closes the connection, after what it has sent."""

    code: int | None
    reason: str


class Fail(Message, tag=26):
    """The room closes the connection, and what the client has not got is to be dropped."""

    code: int
    reason: str


class Drain(Message, tag=27):
    """Say `Drained` when the client, or all of the audience, can take more."""


class Pause(Message, tag=28):
    """Read no more of what the client sends."""


class Resume(Message, tag=29):
    """Read on."""


class Settled(Message, tag=30):
    """Everything is handled that the client had sent before `AskSettled`."""


class Start(Message, tag=31):
    """The head of the answer to a request."""

    status: int
    headers: Headers


class Part(Message, tag=32):
    """A part of its body."""

    data: bytes
    more: bool


class Broken(Message, tag=33):
    """The answer ends in the middle, as its handler failed."""


# Of an audience: those of a room's connections that are passed on over this link. It is a stream, too.


class Join(Message, tag=40):
    """The connection belongs to an audience from now on."""

    audience: int


class Broadcast(Message, tag=41):
    """A message for all connections of the audience `id` but for some."""

    data: Any  # text or bytes, which msgspec cannot have both in one type
    without: list[int]

    def __post_init__(self) -> None:
        _check(self.data)


# Both ways.


class Credit(Message, tag=50):
    """So many bytes of a body were taken: as many more may come."""

    size: int


class Beat(Message, tag=51):
    """This node is alive."""


class Bye(Message, tag=52):
    """This node opens no more streams on this link, and ends it when the other says so too."""


AnyMessage = (
    Connect
    | Ask
    | Body
    | BodyFailed
    | Said
    | Ended
    | Drained
    | AskSettled
    | Admitted
    | Rejected
    | Refused
    | NotMine
    | Send
    | Close
    | Fail
    | Drain
    | Pause
    | Resume
    | Settled
    | Start
    | Part
    | Broken
    | Join
    | Broadcast
    | Credit
    | Beat
    | Bye
)

encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(list[AnyMessage])


def batch(messages: Iterable[bytes], count: int) -> bytes:
    """Encoded messages as one: an array of MessagePack (format `array 32`)."""
    return b"".join((b"\xdd", count.to_bytes(4, "big"), *messages))


def decode(data: bytes) -> list[AnyMessage]:
    """The messages of a batch.

    Raises:
        msgspec.DecodeError: it is none, or holds something that is no message.
    """
    return _decoder.decode(data)

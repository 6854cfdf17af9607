"""Traffic: the steps that clients take, and what each of them saw when it was recorded.

The model alone; `pkcompat.traffic.file` reads and writes it as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass

from pkcompat.traffic.transcript import Transcript

Data = str | bytes
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Connect:
    """A client opens a WebSocket.

    Attributes:
        client: the client's name; a name may connect again.
        path: path and query, such as `/party/room?_pk=a`.
        headers: extra headers of the handshake, as (name, value) pairs.
    """

    client: str
    path: str
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Send:
    """A client sends one text (`str`) or binary (`bytes`) message."""

    client: str
    data: Data


@dataclass(frozen=True, slots=True)
class Burst:
    """Several messages at once, in this order, without waiting between them."""

    sends: tuple[tuple[str, Data], ...]


@dataclass(frozen=True, slots=True)
class Close:
    """A client closes its WebSocket; without a code the close frame is empty."""

    client: str
    code: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """A client's TCP connection dies, without a close frame."""

    client: str


@dataclass(frozen=True, slots=True)
class Http:
    """An HTTP request, with path and query in `path`."""

    method: str
    path: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Raw:
    """A client writes bytes to its TCP connection, beneath the WebSocket protocol."""

    client: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes, in seconds."""

    seconds: float


Step = Connect | Send | Burst | Close | Drop | Http | Raw | Wait


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a traffic file holds.

    Attributes:
        party: the name of the party that the traffic is for.
        steps: what the clients do, one step after another.
        transcript: what each client saw after each step when this was recorded, if it was.
        name: a short name for the case.
        about: what it shows, in one line.
    """

    party: str
    steps: tuple[Step, ...]
    transcript: Transcript | None = None
    name: str = ""
    about: str = ""


def clients_of(step: Step) -> tuple[str, ...]:
    """The names of the clients that take part in a step."""
    if isinstance(step, Burst):
        return tuple(dict.fromkeys(client for client, _ in step.sends))
    if isinstance(step, Http | Wait):
        return ()
    return (step.client,)

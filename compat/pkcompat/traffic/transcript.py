"""Transcripts: what each client saw after each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Opened:
    """A WebSocket handshake succeeded.

    Attributes:
        subprotocol: the one that the server chose.
    """

    subprotocol: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A WebSocket handshake was answered with a plain HTTP response."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an HTTP request.

    Attributes:
        status: the status code.
        headers: those that a handler sets, names in lower case, sorted by name.
        body: the content, decoded if it was compressed.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A handshake or a request got no answer; `problem` says why."""

    problem: str


Result = Opened | Refused | Answer | Unanswered | None


@dataclass(frozen=True, slots=True)
class Message:
    """A client received a text (`str`) or binary (`bytes`) message."""

    data: str | bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """The server closed a client's socket: code 1005 if its close frame had none, 1006 without a frame."""

    code: int
    reason: str


Event = Message | Closed


@dataclass(frozen=True, slots=True)
class StepRecord:
    """The outcome of one step.

    Attributes:
        result: the result of a handshake or a request; None for other steps.
        events: what each client received until the step was over; clients without events are left out.
    """

    result: Result = None
    events: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)


Transcript = tuple[StepRecord, ...]
"""One record a step."""

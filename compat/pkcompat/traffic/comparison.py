"""Comparing two transcripts of the same traffic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pkcompat.traffic.transcript import (
    Answer,
    Closed,
    Event,
    Message,
    Refused,
    Result,
    StepRecord,
    Transcript,
    Unanswered,
)

MASK = "…"
"""Replaces ignored parts of texts."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a comparison ignores.

    Attributes:
        headers: names of ignored headers, in lower case.
        texts: patterns whose matches in bodies, text messages and close reasons are ignored.
    """

    headers: frozenset[str] = frozenset()
    texts: tuple[re.Pattern[str], ...] = ()


EXACT = Rules()
"""Ignores nothing: for two forms of one party on the same host."""

AGAINST_RECORDING = Rules(headers=frozenset({"content-type"}))
"""For a recording of another platform, which spells content types differently."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    Attributes:
        step: which step, counted from 0.
        client: whose events differ; None where the step's result does.
        expected: the result or the events in the first transcript.
        got: those in the second.
    """

    step: int
    client: str | None
    expected: Result | tuple[Event, ...]
    got: Result | tuple[Event, ...]


def compare(expected: Transcript, got: Transcript, rules: Rules = EXACT) -> list[Difference]:
    """The differences between two transcripts of the same steps, in the order of the steps.

    Args:
        expected: what should have been seen.
        got: what was seen.
        rules: what to ignore.

    Raises:
        ValueError: the transcripts have different numbers of steps.
    """
    if len(expected) != len(got):
        raise ValueError(f"transcripts of {len(expected)} and of {len(got)} steps cannot be compared")
    differences: list[Difference] = []
    for step, (wanted, seen) in enumerate(zip(expected, got, strict=True)):
        differences += _compare_step(step, wanted, seen, rules)
    return differences


def _compare_step(step: int, expected: StepRecord, got: StepRecord, rules: Rules) -> list[Difference]:
    differences = []
    if comparable_result(expected.result, rules) != comparable_result(got.result, rules):
        differences.append(Difference(step, None, expected.result, got.result))
    for client in dict.fromkeys([*expected.events, *got.events]):
        wanted, seen = expected.events.get(client, ()), got.events.get(client, ())
        if comparable_events(wanted, rules) != comparable_events(seen, rules):
            differences.append(Difference(step, client, wanted, seen))
    return differences


def comparable_result(result: Result, rules: Rules) -> Result:
    """A result without what the rules ignore."""
    match result:
        case Answer(status, headers, body):
            kept = tuple((name, value) for name, value in headers if name not in rules.headers)
            return Answer(status, kept, _masked_body(body, rules))
        case Refused(status, body):
            return Refused(status, _masked_body(body, rules))
        case Unanswered(problem):
            return Unanswered(_masked(problem, rules))
    return result


def comparable_events(events: Sequence[Event], rules: Rules) -> tuple[Event, ...]:
    """Events without what the rules ignore."""
    return tuple(_comparable_event(event, rules) for event in events)


def _comparable_event(event: Event, rules: Rules) -> Event:
    match event:
        case Message(str() as text):
            return Message(_masked(text, rules))
        case Closed(_, reason):
            return replace(event, reason=_masked(reason, rules))
    return event


def _masked_body(body: bytes, rules: Rules) -> bytes:
    try:
        return _masked(body.decode(), rules).encode()
    except UnicodeDecodeError:
        return body


def _masked(text: str, rules: Rules) -> str:
    for pattern in rules.texts:
        text = pattern.sub(MASK, text)
    return text

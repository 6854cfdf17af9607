"""Whether clients still see new kinds of output."""

from __future__ import annotations

import re

from pkcompat.traffic import Answer, Closed, Event, Message, Refused, StepRecord, Transcript

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 200  # characters of a text that decide its kind

Kind = tuple[object, ...]


class Seen:
    """The kinds of output that clients saw: regardless of the client, and of the words and numbers in it.

    Attributes:
        quiet: how many transcripts were added since the last one with a new kind.
    """

    def __init__(self) -> None:
        self.quiet = 0
        self._kinds: set[Kind] = set()

    def add(self, transcript: Transcript) -> None:
        """Record the kinds in a transcript."""
        before = len(self._kinds)
        for record in transcript:
            self._kinds.add(_result_kind(record))
            self._kinds.update(_event_kind(event) for events in record.events.values() for event in events)
        self.quiet = self.quiet + 1 if len(self._kinds) == before else 0


def _result_kind(record: StepRecord) -> Kind:
    result = record.result
    if isinstance(result, Answer | Refused):
        return type(result), result.status, _text_kind(result.body)
    return (type(result),)


def _event_kind(event: Event) -> Kind:
    return (Closed, event.code) if isinstance(event, Closed) else (Message, _text_kind(event.data))


def _text_kind(data: str | bytes) -> Kind:
    text = data if isinstance(data, str) else data.decode("latin-1")
    return type(data), _WORD.sub("w", text[:_LONGEST])

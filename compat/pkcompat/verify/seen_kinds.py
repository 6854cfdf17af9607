"""Whether clients still see anything of a new kind."""

from __future__ import annotations

import re

from pkcompat.traffic import Answer, Closed, Event, Message, Refused, StepRecord, Transcript

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 200  # characters of a text that its kind is told by

Kind = tuple[object, ...]


class Seen:
    """The kinds of what clients saw, whoever saw it and whichever words and numbers were in it.

    Attributes:
        quiet: how many transcripts have brought none since the last that did.
    """

    def __init__(self) -> None:
        self.quiet = 0
        self._kinds: set[Kind] = set()

    def add(self, transcript: Transcript) -> None:
        """Take down what is in a transcript."""
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

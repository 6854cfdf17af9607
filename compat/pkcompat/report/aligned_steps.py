"""What each client saw in several runs of the same traffic, side by side, with the differences marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from pkcompat.report.alignment import align
from pkcompat.traffic import (
    Answer,
    Event,
    Result,
    Rules,
    Step,
    StepRecord,
    comparable_events,
    comparable_result,
)

MOST_ROWS = 50
"""Rows of one step that are shown; of the rest the number is told. Those that differ come first."""

Seen = Event | Result
"""What stands in a cell; None where a run has nothing there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that came of a step, in each run.

    Attributes:
        client: who received it; None for what a handshake or a request came to.
        cells: what it was, a cell a run.
        differs: whether the runs differ in it.
        headers: the names of headers of answers in which they do.
    """

    client: str | None
    cells: tuple[Seen, ...]
    differs: bool
    headers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StepSideBySide:
    """A step, and what came of it in each run.

    Attributes:
        number: the step's number, from 1.
        step: what clients did.
        rows: what came of it: the result first, then what each client received, in order.
        hidden: how many rows are left out, because there are too many.
        hidden_differing: how many of those differ.
        differs: whether the runs differ in anything.
    """

    number: int
    step: Step
    rows: tuple[Row, ...]
    hidden: int
    hidden_differing: int
    differs: bool

    @property
    def differing(self) -> tuple[str | None, ...]:
        """Whose rows differ: names of clients, None for the result."""
        return tuple(dict.fromkeys(row.client for row in self.rows if row.differs))


def side_by_side(
    number: int, step: Step, records: Sequence[StepRecord], rules: Sequence[Rules]
) -> StepSideBySide:
    """What came of a step in several runs.

    Args:
        number: the step's number, from 1.
        step: the step.
        records: what came of it, a record a run.
        rules: what is left out of each comparison that a run takes part in.
    """
    rows = [*_result_rows(records, rules), *_event_rows(records, rules)]
    kept = _kept(rows)
    left_out = [row for index, row in enumerate(rows) if index not in kept]
    return StepSideBySide(
        number,
        step,
        tuple(row for index, row in enumerate(rows) if index in kept),
        len(left_out),
        sum(row.differs for row in left_out),
        any(row.differs for row in rows),
    )


def _result_rows(records: Sequence[StepRecord], rules: Sequence[Rules]) -> Iterator[Row]:
    results = tuple(record.result for record in records)
    if all(result is None for result in results):
        return
    differs, headers = False, frozenset[str]()
    for one, other in combinations(range(len(results)), 2):
        both = _both(rules[one], rules[other])
        pair = comparable_result(results[one], both), comparable_result(results[other], both)
        differs = differs or pair[0] != pair[1]
        headers |= _differing_headers(*pair)
    yield Row(None, results, differs, headers)


def _differing_headers(one: Result, other: Result) -> frozenset[str]:
    if not (isinstance(one, Answer) and isinstance(other, Answer)):
        return frozenset()
    return frozenset(name for name, _ in set(one.headers) ^ set(other.headers))


def _event_rows(records: Sequence[StepRecord], rules: Sequence[Rules]) -> Iterator[Row]:
    texts = rules[0]
    for other in rules[1:]:
        texts = _both(texts, other)
    for client in sorted({client for record in records for client in record.events}):
        received = [record.events.get(client, ()) for record in records]
        keys = [comparable_events(events, texts) for events in received]
        for row in align(keys):
            cells = tuple(
                None if index is None else events[index] for index, events in zip(row, received, strict=True)
            )
            seen = {None if index is None else key[index] for index, key in zip(row, keys, strict=True)}
            yield Row(client, cells, len(seen) > 1)


def _both(one: Rules, other: Rules) -> Rules:
    """What either of two rules leaves out."""
    return Rules(one.headers | other.headers, tuple(dict.fromkeys([*one.texts, *other.texts])))


def _kept(rows: Sequence[Row]) -> frozenset[int]:
    """The indexes of the rows that are shown."""
    by_weight = sorted(range(len(rows)), key=lambda index: (not rows[index].differs, index))
    return frozenset(by_weight[:MOST_ROWS])

"""What each client received in several runs of the same traffic, side by side, with differences marked."""

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
"""The maximum number of rows shown for a step; rows that differ take precedence, the others are counted."""

Seen = Event | Result
"""The content of a cell; None if the run has nothing in this row."""


@dataclass(frozen=True, slots=True)
class Row:
    """A step's result or one of its events, in each run.

    Attributes:
        client: who received the event; None for the result of a handshake or request.
        cells: the result or event, one cell a run.
        differs: whether the runs differ in it.
        headers: the names of the answers' headers in which they differ.
    """

    client: str | None
    cells: tuple[Seen, ...]
    differs: bool
    headers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StepSideBySide:
    """A step with its result and events in each run.

    Attributes:
        number: the step's number, from 1.
        step: what clients did.
        rows: the result first, then the events of each client, in order.
        hidden: how many rows are left out because there are too many.
        hidden_differing: how many of those differ.
        differs: whether the runs differ in any row.
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
    """Align the results and events of a step in several runs.

    Args:
        number: the step's number, from 1.
        step: the step.
        records: its results and events, one record a run.
        rules: for each run what is left out of its comparisons with the others.
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
    # Pair by pair, because the rules differ: a recording is compared without some headers.
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
    # Events have no headers, so all runs can be aligned at once, under the union of all rules.
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
    """Rules that leave out what either of two leaves out."""
    return Rules(one.headers | other.headers, tuple(dict.fromkeys([*one.texts, *other.texts])))


def _kept(rows: Sequence[Row]) -> frozenset[int]:
    """The indexes of the rows that are shown."""
    by_weight = sorted(range(len(rows)), key=lambda index: (not rows[index].differs, index))
    return frozenset(by_weight[:MOST_ROWS])

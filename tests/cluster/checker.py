"""Holds what clients saw, and what is stored, to what a cluster promises. It knows no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(slots=True)
class Operation:
    """A client has asked a room to count.

    Attributes:
        client: who asked.
        number: the how-manieth of its operations this is.
        sent_at: when (seconds, monotonic).
        answered_at: when the broadcast came back; None if it never did, so that it may be stored or not.
        count: the count that it got.
        reads: whether it asks for the count as it is, without a write.
    """

    client: str
    number: int
    sent_at: float
    answered_at: float | None = None
    count: int | None = None
    reads: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """An operation as it is stored.

    Attributes:
        client: who asked.
        number: the how-manieth of its operations it is.
        writer: the process that stored it.
    """

    client: str
    number: int
    writer: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A change of a room's row in the database.

    Attributes:
        epoch: of the owner.
        sequence: of the commit.
        node: the owner; None where nobody owns it.
    """

    epoch: int
    sequence: int
    node: int | None


@dataclass(slots=True)
class History:
    """What happened in one room.

    Attributes:
        room: its id.
        operations: what clients asked for.
        seen: for each connection the counts that were broadcast to it, in the order in which they came.
        stored: what is stored in the end, by count, from 1 on.
        commits: the changes of its row, in order.
        armed: the count at which an alarm was set last.
        rang: the count that the last alarm to ring was set at.
    """

    room: str
    operations: list[Operation] = field(default_factory=list)
    seen: list[list[int]] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    armed: int | None = None
    rang: int | None = None


def violations(history: History) -> list[str]:
    """What of the promises was broken in a room; empty if none was."""
    found = [
        *_lost(history.operations, history.stored),
        *_twice(history.stored),
        *_not_linear(history.operations),
        *_gaps(history.seen),
        *_writers(history.commits),
    ]
    if history.armed != history.rang:
        found.append(f"the alarm that was set at {history.armed} never rang (the last was {history.rang})")
    return [f"{history.room}: {violation}" for violation in found]


def _lost(operations: Sequence[Operation], stored: Sequence[Stored]) -> Iterator[str]:
    """Each answered operation is stored, under the count that it was answered with."""
    for operation in operations:
        if operation.count is None or operation.reads:
            continue
        name = f"operation {operation.number} of {operation.client}"
        if operation.count > len(stored):
            yield f"{name}, answered with {operation.count}, is lost: {len(stored)} are stored"
        else:
            at = stored[operation.count - 1]
            if (at.client, at.number) != (operation.client, operation.number):
                yield f"{name}, answered with {operation.count}, is lost: {at} is stored there"


def _twice(stored: Sequence[Stored]) -> Iterator[str]:
    first: dict[tuple[str, int], int] = {}
    for count, operation in enumerate(stored, 1):
        before = first.setdefault((operation.client, operation.number), count)
        if before != count:
            yield f"operation {operation.number} of {operation.client} is stored at {before} and at {count}"


def _not_linear(operations: Sequence[Operation]) -> Iterator[str]:
    """An operation that was sent after another had been answered has the greater count; a read at least the
    same."""
    answered = sorted(
        (operation.answered_at, operation.count, operation)
        for operation in operations
        if operation.answered_at is not None and operation.count is not None
    )
    position, highest = 0, 0
    for operation in sorted(operations, key=lambda operation: operation.sent_at):
        while position < len(answered) and answered[position][0] < operation.sent_at:
            highest = max(highest, answered[position][1])
            position += 1
        if operation.count is not None and operation.count < highest + (not operation.reads):
            yield (
                f"operation {operation.number} of {operation.client} got {operation.count}, although "
                f"{highest} had been answered before it was sent"
            )


def _gaps(seen: Sequence[Sequence[int]]) -> Iterator[str]:
    """A connection gets every broadcast from its first one on, in order, once."""
    for connection, counts in enumerate(seen):
        for before, after in pairwise(counts):
            if after != before + 1:
                yield f"connection {connection} got {after} right after {before}"


def _writers(commits: Sequence[Commit]) -> Iterator[str]:
    """Epochs only rise, each has one owner, and sequences go up by one."""
    owners: dict[int, int] = {}
    for before, after in pairwise(commits):
        if after.epoch < before.epoch:
            yield f"epoch {after.epoch} came after {before.epoch}"
        if after.sequence not in (before.sequence, before.sequence + 1):
            yield f"commit {after.sequence} came after {before.sequence}"
    for commit in commits:
        if commit.node is not None and owners.setdefault(commit.epoch, commit.node) != commit.node:
            yield f"epoch {commit.epoch} had two owners: {owners[commit.epoch]} and {commit.node}"

"""The checker finds each kind of broken promise, in histories that are right but for one thing."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from tests.cluster.checker import Commit, History, Operation, Stored, violations


def right() -> History:
    """Two clients count in turns, one owner after the other; the last operation was not answered."""
    operations = [Operation("ab"[n % 2], n // 2, 1.0 * n, n + 0.5, n + 1) for n in range(6)]
    stored = [
        Stored(operation.client, operation.number, 1 if n < 3 else 2)
        for n, operation in enumerate(operations)
    ]
    return History(
        "room",
        [*operations, Operation("c", 0, 5.9, 6.0, 6, reads=True), Operation("a", 3, 6.0)],
        seen=[[1, 2, 3], [2, 3], [4, 5, 6]],
        stored=stored,
        commits=[Commit(1, n, 1) for n in range(4)] + [Commit(2, n, 2) for n in range(3, 7)],
        armed=5,
        rang=5,
    )


def test_a_right_history_is_right_with_and_without_the_unanswered_operation() -> None:
    history = right()
    assert violations(history) == []
    history.stored.append(Stored("a", 3, 2))
    assert violations(history) == []


WRONG: dict[str, tuple[Callable[[History], object], str]] = {
    "an answered operation is lost": (lambda history: history.stored.pop(), "is lost: 5 are stored"),
    "another took its place": (
        lambda history: history.stored.__setitem__(2, Stored("c", 0, 1)),
        "is lost: Stored",
    ),
    "one is stored twice": (lambda history: history.stored.append(history.stored[0]), "stored at 1 and at 7"),
    "a count was given again": (
        lambda history: history.operations.append(Operation("c", 0, 10.0, 11.0, 3)),
        "got 3, although 6 had been answered",
    ),
    "a read gave an old count": (
        lambda history: history.operations.append(Operation("c", 0, 10.0, 11.0, 5, reads=True)),
        "got 5, although 6 had been answered",
    ),
    "a broadcast is missing": (lambda history: history.seen[0].remove(2), "got 3 right after 1"),
    "a broadcast came twice": (lambda history: history.seen[0].append(3), "got 3 right after 3"),
    "two broadcasts changed places": (lambda history: history.seen[0].reverse(), "got 2 right after 3"),
    "an epoch fell": (lambda history: history.commits.append(Commit(1, 7, 1)), "epoch 1 came after 2"),
    "an epoch has two owners": (
        lambda history: history.commits.append(Commit(2, 7, 1)),
        "two owners: 2 and 1",
    ),
    "a commit was made by nobody's count": (
        lambda history: history.commits.append(Commit(2, 8, 2)),
        "commit 8 came after 6",
    ),
    "an alarm never rang": (lambda history: setattr(history, "rang", 3), "set at 5 never rang"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(name: str) -> None:
    spoil, expected = WRONG[name]
    history = copy.deepcopy(right())
    spoil(history)
    assert any(expected in violation for violation in violations(history)), violations(history)

"""Find by bisection which of many items must be left out so that a test passes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Halved(Generic[T]):
    """The items with which a test passes, and the others.

    Attributes:
        kept: items with which the test passes, all at once.
        failing: for each other item, the set of items with which it made the test fail, itself included.
    """

    kept: frozenset[T]
    failing: dict[T, frozenset[T]]


def passing_part(
    items: Sequence[T], passes: Callable[[frozenset[T]], bool], known: Collection[T] = ()
) -> Halved[T]:
    """Find a maximal set of items with which a test passes.

    If items fail only together, the later ones are left out. It takes about `k log n` tests to leave out `k`
    of `n` items.

    Args:
        items: the items; those that belong together should be neighbours.
        passes: runs the test with a set of items, to which the `known` ones always belong.
        known: items with which the test is known to pass.
    """
    kept = frozenset(known)
    failing: dict[T, frozenset[T]] = {}
    waiting = [list(items)] if items else []
    while waiting:
        some = waiting.pop()
        tried = kept.union(some)
        if passes(tried):
            kept = tried
        elif len(some) == 1:
            failing[some[0]] = tried
        else:
            half = len(some) // 2
            waiting += [some[half:], some[:half]]  # the first half is next
    return Halved(kept, failing)

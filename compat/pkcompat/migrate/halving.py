"""Finding by halving which of many things must be left out so that a test passes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Halved(Generic[T]):
    """What may stay, and what may not.

    Attributes:
        kept: things with which the test passes, all at once.
        failing: each of the others, with those that were there when it turned out to make the test fail,
            itself among them.
    """

    kept: frozenset[T]
    failing: dict[T, frozenset[T]]


def passing_part(
    items: Sequence[T], passes: Callable[[frozenset[T]], bool], known: Collection[T] = ()
) -> Halved[T]:
    """As many of some things as a test passes with; each of the others makes it fail beside those before it.

    Where things fail only together, the later ones are left out. About `k log n` tests are made, where `k` of
    `n` things are left out.

    Args:
        items: the things; what belongs together should be side by side.
        passes: whether the test passes with just these of them, and the `known` ones.
        known: things with which it is known to pass.
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

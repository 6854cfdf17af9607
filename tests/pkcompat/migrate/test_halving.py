"""Halving finds what makes a test fail, also where it takes several things to do so."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from pkcompat.migrate.halving import passing_part

SETS = st.frozensets(st.integers(0, 15), min_size=1, max_size=4)


def test_nothing_is_tried_where_there_is_nothing() -> None:
    tried: list[frozenset[int]] = []
    halved = passing_part([], lambda some: tried.append(some) is None)
    assert (halved.kept, halved.failing, tried) == (frozenset(), {}, [])


def test_what_passes_is_tried_once() -> None:
    tried: list[frozenset[int]] = []
    halved = passing_part(range(8), lambda some: tried.append(some) is None)
    assert (halved.kept, halved.failing) == (frozenset(range(8)), {})
    assert tried == [frozenset(range(8))]


def test_one_culprit_takes_few_tests() -> None:
    tried: list[frozenset[int]] = []

    def passes(some: frozenset[int]) -> bool:
        tried.append(some)
        return 37 not in some

    halved = passing_part(range(64), passes)
    assert halved.failing.keys() == {37}
    assert halved.kept == frozenset(range(64)) - {37}
    assert len(tried) <= 2 * math.log2(64) + 1


def test_two_that_fail_only_together() -> None:
    halved = passing_part(range(8), lambda some: not {2, 5} <= some)
    assert halved.failing.keys() == {5}
    assert {2, 5} <= halved.failing[5]


def test_known_things_are_there_from_the_start() -> None:
    halved = passing_part("cd", lambda some: "a" in some and "d" not in some, known="ab")
    assert (halved.kept, set(halved.failing)) == (frozenset("abc"), {"d"})


@given(st.lists(SETS, max_size=5), st.permutations(range(16)))
def test_what_is_kept_passes_and_each_of_the_others_would_fail(
    culprits: list[frozenset[int]], items: list[int]
) -> None:
    tried: list[frozenset[int]] = []

    def passes(some: frozenset[int]) -> bool:
        tried.append(some)
        return not any(together <= some for together in culprits)

    halved = passing_part(items, passes)
    assert halved.kept | halved.failing.keys() == set(items)
    assert not halved.kept & halved.failing.keys()
    assert not any(together <= halved.kept for together in culprits)
    for item, shown in halved.failing.items():
        assert any(together <= halved.kept | {item} for together in culprits)
        assert item in shown
        assert shown - {item} <= halved.kept
        assert shown in tried
    assert len(tried) <= 1 + len(halved.failing) * 2 * math.log2(len(items))

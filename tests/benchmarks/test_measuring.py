"""Rounds of measurements, medians and ratios."""

from __future__ import annotations

import pytest
from benchmarks.measuring import FULL, QUICK, Effort, Figures, in_turn


def test_everything_is_measured_once_a_round_in_order() -> None:
    calls: list[str] = []

    def measure(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    effort = Effort(runs=2, warm_up=1, seconds=0.0)
    figures = in_turn({"a": lambda: measure("a"), "b": lambda: measure("b")}, effort)
    assert calls == ["a", "b"] * 3
    assert figures == {"a": Figures((3.0, 5.0)), "b": Figures((4.0, 6.0))}


def test_figures_tell_their_median_and_their_ends() -> None:
    figures = Figures((3.0, 9.0, 4.0))
    assert (figures.median, figures.minimum, figures.maximum) == (4.0, 3.0, 9.0)


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # The machine slows down to a tenth in the second half; ours is twice as fast all the time.
    ours, theirs = Figures((200.0, 220.0, 20.0, 22.0)), Figures((100.0, 110.0, 10.0, 11.0))
    assert ours.ratio_to(theirs) == pytest.approx(2.0)


def test_a_ratio_is_of_the_same_rounds() -> None:
    with pytest.raises(ValueError, match="zip"):
        Figures((1.0, 2.0)).ratio_to(Figures((1.0,)))


def test_trying_is_small_and_short() -> None:
    assert (FULL.size(1_000, 10), QUICK.size(1_000, 10)) == (1_000, 10)
    assert QUICK.seconds < FULL.seconds

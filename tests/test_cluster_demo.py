"""What `make demo-cluster` takes for a fault: what was heard and acknowledged against what is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "cluster"))
from talkers import Heard, Talker, faults

KEPT = [{"number": number, "id": f"ada-{number}"} for number in (1, 2, 3)]


def ada() -> Talker:
    """Somebody who said three lines over two sockets; the second was answered twice."""
    talker = Talker("ada", "ws://127.0.0.1/")
    talker.acknowledged = {"ada-1": 1, "ada-2": 2, "ada-3": 3}
    first = [Heard(0.0, 1, "ada-1", 10), Heard(0.1, 2, "ada-2", 10)]
    second = [Heard(3.0, 2, "ada-2", None), Heard(3.1, 3, "ada-3", 11)]
    talker.sockets = [first, second]
    return talker


def test_all_is_well() -> None:
    assert list(faults([ada()], KEPT)) == []


def test_a_line_that_was_acknowledged_and_lost() -> None:
    assert "ada-3 was acknowledged as line 3, and is kept as None" in list(faults([ada()], KEPT[:2]))


def test_a_line_that_is_kept_twice() -> None:
    twice = [*KEPT, {"number": 4, "id": "ada-2"}]
    assert "1 lines are kept twice" in list(faults([ada()], twice))


@pytest.mark.parametrize("order", [[0, 2], [1, 0, 2], [0, 1, 1, 2]])
def test_lines_that_were_not_heard_one_after_the_other(order: list[int]) -> None:
    talker = ada()
    lines = [Heard(0.0, number, f"ada-{number}", 10) for number in (1, 2, 3)]
    talker.sockets = [[lines[index] for index in order]]
    assert any("out of order, or with gaps" in fault for fault in faults([talker], KEPT))


def test_a_number_that_was_given_to_two_lines() -> None:
    talker = ada()
    talker.sockets[1].append(Heard(3.2, 4, "ben-1", 11))
    assert any("heard ben-1 as line 4" in fault for fault in faults([talker], KEPT))

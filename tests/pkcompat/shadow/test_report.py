"""Counters and latest differences of a shadow."""

from __future__ import annotations

from pathlib import Path

from pkcompat.shadow.records import FoundDifference
from pkcompat.shadow.report import REMEMBERED, Tally


def difference(number: int, file: Path | None) -> FoundDifference:
    return FoundDifference("main", str(number), "to a", "its start", "“a”", "“b”", file)


def test_counts_and_the_latest_differences() -> None:
    tally = Tally()
    for number in range(REMEMBERED + 5):
        tally.found(difference(number, Path("x.json") if number % 2 else None))
    tally.left["fell behind"] += 2
    report = tally.report(3)
    assert (report.state, report.following, report.left) == ("not started", 3, {"fell behind": 2})
    assert (report.differences, report.kept) == (REMEMBERED + 5, (REMEMBERED + 5) // 2)
    assert [found.room_id for found in report.last] == [str(number) for number in range(5, REMEMBERED + 5)]


def test_a_report_does_not_change_any_more() -> None:
    tally = Tally()
    report = tally.report(0)
    tally.left["x"] += 1
    tally.found(difference(1, None))
    assert (report.left, report.differences, report.last) == ({}, 0, ())

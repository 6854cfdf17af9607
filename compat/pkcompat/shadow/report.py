"""The report about a shadow."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pkcompat.shadow.records import FoundDifference

REMEMBERED = 20

State = Literal["not started", "starting", "running", "cannot run", "stopped"]


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """The results of a shadow so far.

    Attributes:
        state: whether it runs.
        problem: why it cannot run.
        rooms: how many rooms were followed from the start of an instance.
        following: how many are being followed now.
        compared: how many messages, closes, answers and requests to other rooms were the same in both forms.
        differences: how many rooms differed; after its first difference, a room is not followed until its
            next start.
        kept: how many of the differences were saved as traffic files.
        left: why rooms were not followed further, or not at all, and how often.
        restarts: how often the shadow's process ended, or hung, and was restarted.
        last: the latest differences.
    """

    state: State = "not started"
    problem: str = ""
    rooms: int = 0
    following: int = 0
    compared: int = 0
    differences: int = 0
    kept: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    restarts: int = 0
    last: tuple[FoundDifference, ...] = ()


class Tally:
    """Counts for a report."""

    def __init__(self) -> None:
        self.state: State = "not started"
        self.problem = ""
        self.rooms = 0
        self.compared = 0
        self.differences = 0
        self.kept = 0
        self.restarts = 0
        self.left: Counter[str] = Counter()
        self._last: deque[FoundDifference] = deque(maxlen=REMEMBERED)

    def found(self, difference: FoundDifference) -> None:
        """Count a difference."""
        self.differences += 1
        self.kept += difference.file is not None
        self._last.append(difference)

    def report(self, following: int) -> ShadowReport:
        """Make a report; `following` is the number of rooms being followed."""
        return ShadowReport(
            state=self.state,
            problem=self.problem,
            rooms=self.rooms,
            following=following,
            compared=self.compared,
            differences=self.differences,
            kept=self.kept,
            left=dict(self.left),
            restarts=self.restarts,
            last=tuple(self._last),
        )

"""What a node keeps of a room that it owns: what was written and is not committed yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from partyserver.cluster.engine import Ownership
from partyserver.storage import Alarm, Commit, Draft


@dataclass(slots=True)
class Writes:
    """Changes of a room that are committed together.

    Attributes:
        draft: the changes.
        commit: done when they are durable.
    """

    draft: Draft
    commit: Commit


@dataclass(slots=True)
class HeldRoom:
    """A room of this node.

    Attributes:
        ownership: says what the next commit has to fit.
        alarm: the alarm that is stored.
        flying: what is on its way to the database.
        waiting: what was written since; it goes next.
    """

    ownership: Ownership
    alarm: Alarm | None
    flying: Writes | None = None
    waiting: Writes | None = None

    @property
    def pending(self) -> Commit | None:
        """The commit that covers all that was written; None if there is nothing to wait for."""
        last = self.waiting or self.flying
        return None if last is None else last.commit

    @property
    def drafts(self) -> Iterator[Draft]:
        """What is not committed yet, the latest first."""
        for writes in (self.waiting, self.flying):
            if writes is not None:
                yield writes.draft

    @property
    def alarm_now(self) -> Alarm | None:
        """The alarm, with what was written last."""
        for draft in self.drafts:
            if draft.alarm != "keep":
                return draft.alarm
        return self.alarm

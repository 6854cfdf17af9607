"""How long a node takes its rooms for its own."""

from __future__ import annotations

import pytest

from partyserver.cluster.lease import MARGIN, Lease
from partyserver.exceptions import NotANodeError


def test_a_lease_counts_from_when_it_was_asked_for_and_ends_early() -> None:
    now, lapses = [0.0], list[float]()
    lease = Lease(lambda: lapses.append(now[0]), lambda: now[0])
    assert (lease.is_good, lease.age) == (False, None)
    now[0] = 2.0
    lease.extend(1.0, 10.0)
    assert lease.left == pytest.approx(9.0 - 10.0 * MARGIN)
    assert lease.age == 1.0
    now[0] = 9.9
    lease.check()
    now[0] = 10.0
    assert not lease.is_good
    with pytest.raises(NotANodeError):
        lease.check()
    assert (lapses, lease.left) == ([10.0], 0.0)


def test_a_lease_that_was_ended_does_not_lapse() -> None:
    lapses: list[None] = []
    lease = Lease(lambda: lapses.append(None), lambda: 0.0)
    lease.extend(0.0, 1.0)
    lease.end()
    assert not lease.is_good
    assert lapses == []

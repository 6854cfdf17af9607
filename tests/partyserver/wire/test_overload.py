"""Which connections are turned away, and how often the log says so."""

from __future__ import annotations

import pytest

from partyserver.wire import overload
from partyserver.wire.overload import Overload, file_handles


def test_the_log_tells_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = [1_000.0]
    full = Overload(2, lambda: now[0])
    assert [full.turns_away(count) for count in (1, 2, 3, 4)] == [False, False, True, True]
    assert len(caplog.records) == 1
    now[0] += 61
    assert full.turns_away(3)
    assert len(caplog.records) == 2


@pytest.mark.parametrize(("most", "last"), [(1, 9), (64, 72), (128, 144), (1_000, 1_032)])
def test_few_wait_for_their_refusal(most: int, last: int) -> None:
    full = Overload(most)
    assert not full.cuts_off(last)
    assert full.cuts_off(last + 1)


def test_without_a_limit_nobody_is_turned_away() -> None:
    assert not Overload(0).turns_away(1_000_000)
    assert not Overload(0).cuts_off(1_000_000)


@pytest.mark.parametrize(
    ("limit", "connections"), [(1_024, 960), (65_536, 65_472), (100, 75), (1, 1), (-1, 0)]
)
def test_file_handles_are_kept_for_other_things(
    limit: int, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overload.resource, "getrlimit", lambda _: (limit, limit))
    monkeypatch.setattr(overload.resource, "RLIM_INFINITY", -1)
    assert file_handles() == connections


def test_where_the_system_has_no_such_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload, "resource", None)
    assert file_handles() == 0

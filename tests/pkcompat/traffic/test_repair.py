"""Making traffic consistent after steps were removed."""

from __future__ import annotations

from pkcompat.traffic.repair import repaired
from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Send, Wait

A, B = Connect("a", "/party/r?_pk=a"), Connect("b", "/party/r?_pk=b")


def test_whole_traffic_stays() -> None:
    steps = (A, B, Burst((("a", "1"), ("b", "2"))), Drop("b"), Http("GET", "/party/r"), Wait(1.0), Close("a"))
    assert repaired(steps) == steps


def test_steps_of_clients_that_are_not_there_go() -> None:
    assert repaired(
        (Send("a", "1"), A, Burst((("a", "1"), ("b", "2"))), Close("a"), Close("a"), Drop("b"))
    ) == (
        A,
        Send("a", "1"),
        Close("a"),
    )


def test_who_connects_again_leaves_first() -> None:
    assert repaired((A, A)) == (A, Close("a"), A)


def test_one_id_at_a_time() -> None:
    other, elsewhere = Connect("x", "/party/r/sub?_pk=a"), Connect("x", "/party/s?_pk=a")
    assert repaired((A, other)) == (A, other)
    assert repaired((A, other), shares_ids=False) == (A, Close("a"), other)
    assert repaired((A, elsewhere), shares_ids=False) == (A, elsewhere)

"""The history of a shadowed room, as traffic to replay."""

from __future__ import annotations

from pkcompat.shadow.history import LONGEST, History
from pkcompat.shadow.records import Ended
from pkcompat.traffic.masking import Masker
from pkcompat.traffic.steps import Close, Connect, Drop, Http, Raw, Send, Wait


def history(*, hibernates: bool = False) -> History:
    return History(Masker(), 10.0, hibernates=hibernates)


def ended(connection: int, code: int, reason: str = "", *, broken: bool = False) -> Ended:
    return Ended(1, connection, code, reason, was_clean=code != 1006, broken=broken)


def test_every_kind_of_step() -> None:
    past = history()
    assert past.last_step() == "its start"
    for number in (1, 2, 3, 4):
        past.connects(number, f"/party/r?_pk={number}", (), 0.0)
    past.sends(1, "hi", 0.1)
    assert past.last_step() == "c1 sends “hi”"
    past.ends(ended(1, 4000, "bye"), 0.2)
    past.ends(ended(2, 1006, "no close frame"), 0.2)
    past.ends(ended(3, 1002, broken=True), 0.2)
    past.closed_here(4, 0.2)
    past.ends(ended(4, 1000), 0.2)
    past.asks(1, "POST", "/party/r?token=s3cret", (("x", "y"),), 0.3)
    past.body(1, b"a")
    past.body(1, b"b")
    past.answered(1)
    steps = past.steps()
    assert [type(step) for step in steps] == [*[Connect] * 4, Send, Close, Drop, Raw, Http]
    http = steps[-1]
    assert isinstance(http, Http)
    assert (http.body, "s3cret" in http.path) == (b"ab", False)


def test_a_request_that_was_not_answered_is_a_step_when_it_is_asked_for() -> None:
    past = history()
    past.asks(1, "GET", "/party/r", (), 0.0)
    assert past.steps() == ()
    past.unanswered()
    assert past.steps() == (Http("GET", "/party/r"),)


def test_time_matters_where_it_rang_or_rested() -> None:
    past = history(hibernates=True)
    past.connects(1, "/party/r", (), 0.0)
    past.rang(5.0)
    past.sends(1, "x", 6.0)
    past.sends(1, "y", 100.0)
    assert past.steps() == (
        Connect("c1", "/party/r"),
        Wait(5.3),
        Send("c1", "x"),
        Wait(11.0),
        Send("c1", "y"),
    )


def test_a_history_that_is_too_long_is_none() -> None:
    past = history()
    past.connects(1, "/party/r", (), 0.0)
    past.sends(1, "x" * LONGEST, 0.1)
    assert past.last_step().startswith("c1 sends “xxx")
    assert past.too_long
    assert past.steps() == ()

"""A script that separates two forms, in words."""

from __future__ import annotations

from pkcompat.traffic.comparison import Difference
from pkcompat.traffic.steps import Close, Connect, Send
from pkcompat.traffic.transcript import Message, Opened, Refused
from pkcompat.verify.narration import tell_script


def test_a_script_that_tells_forms_apart() -> None:
    steps = [Connect("a", "/party/r"), *(Send("a", str(number)) for number in range(9)), Close("a")]
    events = [Difference(2, "a", (Message("x"),), ()), Difference(3, "a", (), (Message("y"),))]
    assert tell_script(steps, events, ("old", "new")) == (
        "a connects to /party/r; a sends “0”; a sends “1” → a gets “x” (old) but nothing (new)"
    )
    result = [Difference(0, None, Opened(), Refused(403, b"no"))]
    assert tell_script(steps, result, ("old", "new")) == (
        "a connects to /party/r → open (old) but refused: 403 “no” (new)"
    )
    last = [Difference(10, "a", (), (Message("y"),))]
    assert tell_script(steps, last, ("old", "new"), 2) == (
        "9 more steps; a sends “8”; a closes → a gets nothing (old) but “y” (new)"
    )

"""Shrinking traffic to the steps that matter."""

from __future__ import annotations

from pkcompat.traffic.repair import repaired
from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Send, Wait
from pkcompat.verify.ground import Script
from pkcompat.verify.shrinking import shrink

A, B = Connect("a", "/party/r?_pk=a", (("x-key", "1"),)), Connect("b", "/party/r?_pk=b&q=1")


def test_the_steps_that_matter_are_left() -> None:
    script: Script = (
        A,
        B,
        *(Send("a", f"noise {n}") for n in range(20)),
        Send("b", "boom"),
        Drop("a"),
        Wait(71.0),
    )

    def shows(steps: Script) -> bool:
        dropped = {step.client for step in steps if isinstance(step, Drop)}
        return any(
            isinstance(step, Send) and step.data == "boom" and dropped - {step.client} for step in steps
        )

    assert shrink(script, shows) == (
        Connect("a", "/party/r?_pk=a"),
        Connect("b", "/party/r?_pk=b"),
        Send("b", "boom"),
        Drop("a"),
    )


def test_clients_that_are_not_needed_go() -> None:
    script: Script = (A, B, Send("a", "one"), Burst((("b", "two"), ("a", "three"))))

    def shows(steps: Script) -> bool:
        sends = [
            step.sends if isinstance(step, Burst) else ((step.client, step.data),)
            for step in steps
            if isinstance(step, Burst | Send)
        ]
        return {"one", "two"} <= {data for some in sends for _, data in some}

    assert shrink(script, shows) == (
        Connect("a", "/party/r?_pk=a"),
        Send("a", "one"),
        Send("a", "two"),
    )


def test_those_that_are_left_are_a_and_b() -> None:
    script: Script = (
        A,
        B,
        Connect("c", "/party/r?_pk=c"),
        Send("c", "x"),
        Send("b", "y"),
        Drop("c"),
        Drop("b"),
    )

    def shows(steps: Script) -> bool:
        return len({step.client for step in steps if isinstance(step, Drop)}) == 2

    assert shrink(script, shows) == (
        Connect("a", "/party/r?_pk=a"),
        Connect("b", "/party/r?_pk=b"),
        Drop("b"),
        Drop("a"),
    )


def test_a_name_that_matters_stays() -> None:
    script: Script = (A, B, Send("b", "boom"))
    shortest = (Connect("b", "/party/r?_pk=b"), Send("b", "boom"))
    assert shrink(script, lambda steps: Send("b", "boom") in steps) == shortest


def test_two_steps_of_which_neither_can_go_alone() -> None:
    script: Script = (A, Send("a", "toggle"), Send("a", "x"), Send("a", "toggle"), Send("a", "boom"))

    def shows(steps: Script) -> bool:
        toggled = [step for step in steps if isinstance(step, Wait) or step == Send("a", "toggle")]
        return Send("a", "boom") in steps and len(toggled) % 2 == 0

    assert shrink(script, shows) == (Connect("a", "/party/r?_pk=a"), Send("a", "boom"))


def test_steps_that_let_time_pass_become_a_wait() -> None:
    script: Script = (A, Send("a", "arm"), *(Send("a", f"noise {n}") for n in range(4)), B)

    def shows(steps: Script) -> bool:
        waited = sum(step.seconds if isinstance(step, Wait) else 0.25 for step in steps)
        return Send("a", "arm") in steps and waited >= 1.5

    assert shrink(script, shows) == (Connect("a", "/party/r?_pk=a"), Send("a", "arm"), Wait(1.0))


def test_what_is_in_a_step_shrinks_too() -> None:
    script: Script = (
        A,
        Burst((("a", '{"op": "add", "by": 1, "x": [2]}'), ("a", "two"), ("a", "three"))),
        Http("POST", "/party/r?q=1", (("h", "1"),), b"long body"),
        Wait(3_600.0),
        Close("a", 4_001, "bye"),
    )

    def shows(steps: Script) -> bool:
        sent = [step.data for step in steps if isinstance(step, Send)]
        sent += [data for step in steps if isinstance(step, Burst) for _, data in step.sends]
        waits = [step.seconds for step in steps if isinstance(step, Wait)]
        return (
            any("add" in str(data) for data in sent)
            and any(step.body[:1] == b"l" for step in steps if isinstance(step, Http))
            and any(seconds > 10 for seconds in waits)
            and any(isinstance(step, Close) for step in steps)
        )

    assert shrink(script, shows) == (
        Connect("a", "/party/r?_pk=a"),
        Send("a", '{"op": "add"}'),
        Http("POST", "/party/r", (), b"l"),
        Wait(11.0),
        Close("a"),
    )


def test_it_is_asked_so_often_and_never_twice() -> None:
    asked: list[Script] = []

    def shows(steps: Script) -> bool:
        asked.append(steps)
        return len(steps) > 30

    script = (A, *(Send("a", f"message {n}") for n in range(60)))
    shorter = shrink(script, shows, most=25)
    assert len(asked) == len(set(asked)) == 25
    assert 30 < len(shorter) < len(script)


def test_what_cannot_be_shorter_stays() -> None:
    assert shrink((Wait(0.1),), lambda steps: True) == (Wait(0.1),)


def test_a_close_that_is_needed_is_not_taken_for_time_that_passes() -> None:
    script: Script = (A, Close("a"), A, Close("a"), A, Send("a", "boom"))

    def shows(steps: Script) -> bool:
        return Send("a", "boom") in steps and sum(isinstance(step, Connect) for step in steps) > 1

    again = Connect("a", "/party/r?_pk=a")
    assert shrink(script, shows) == (again, Close("a"), again, Send("a", "boom"))


def test_scripts_are_made_whole_as_is_asked_for() -> None:
    script: Script = (A, Close("a"), Connect("b", "/party/r?_pk=a"), Send("b", "boom"))
    asked: list[Script] = []

    def shows(steps: Script) -> bool:
        asked.append(steps)
        return len([step for step in steps if isinstance(step, Connect)]) > 1

    shrink(script, shows, repair=lambda steps: repaired(steps, shares_ids=False))
    assert all(repaired(steps, shares_ids=False) == steps for steps in asked)
    assert len(asked) > 3

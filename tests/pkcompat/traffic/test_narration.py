"""Steps, results and events in words."""

import pytest

from pkcompat.traffic.narration import tell_events, tell_result, tell_step
from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Raw, Send, Step, Wait
from pkcompat.traffic.transcript import Answer, Closed, Message, Opened, Refused, Result, Unanswered


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Connect("a", "/party/r"), "a connects to /party/r"),
        (Connect("a", "/party/r", (("x-a", "1"),)), "a connects to /party/r (x-a: 1)"),
        (Send("a", "hi\nyou"), "a sends “hi⏎you”"),
        (Send("a", b"\x00\xff"), "a sends 2 bytes AP8="),
        (Send("a", b""), "a sends 0 bytes"),
        (Send("a", "x" * 200), f"a sends “{'x' * 99}…”"),
        (Burst((("a", "1"), ("a", "2"))), "a sends 2 messages at once"),
        (Burst((("a", "1"), ("b", "2"))), "a, b send 2 messages at once"),
        (Close("a"), "a closes"),
        (Close("a", 4000, "bye"), "a closes with 4000 bye"),
        (Drop("a"), "a's TCP connection dies"),
        (Raw("a", b"\x83\x80"), "a writes 2 raw bytes 83 80"),
        (Http("GET", "/party/r"), "GET /party/r"),
        (Http("PUT", "/party/r", (("x-a", "1"),), b"body"), "PUT /party/r (x-a: 1) with “body”"),
        (Wait(0.5), "0.5 s pass"),
    ],
)
def test_steps(step: Step, told: str) -> None:
    assert tell_step(step) == told


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (None, ""),
        (Opened(), "open"),
        (Opened("chat"), "open, speaking chat"),
        (Refused(403, b"no"), "refused: 403 “no”"),
        (Answer(204, (), b""), "204 no body"),
        (Answer(200, (("content-type", "text/plain"), ("x-a", "1")), b"\xff"), "200 1 bytes /w==, x-a: 1"),
        (Unanswered("no answer"), "no answer"),
    ],
)
def test_results(result: Result, told: str) -> None:
    assert tell_result(result) == told


def test_events() -> None:
    assert tell_events(()) == "nothing"
    assert tell_events((Message("hi"), Message(b"\x00"), Closed(1000, ""), Closed(4000, "bye"))) == (
        "“hi” · 1 bytes AA== · closed with 1000 · closed with 4000 bye"
    )

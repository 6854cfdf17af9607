"""Recording steps: bursts, waits, broken protocol, masked secrets."""

from __future__ import annotations

import pytest

from pkcompat.recording.decisions import BURST_GAP, Recording
from pkcompat.recording.waits import RecordedWaits, Rest
from pkcompat.traffic.masking import Masker
from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Raw, Send, Step, Wait


class Recorded:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.parties: list[str] = []
        waits = RecordedWaits(lambda party: Rest(10.0, 10.0, beside_connections=True))
        self.recording = Recording(self._put, Masker(), waits)

    def _put(self, step: Step, party: str) -> None:
        self.steps.append(step)
        self.parties.append(party)


def test_every_kind_of_step() -> None:
    recorded = Recorded()
    recording = recorded.recording
    first = recording.connects("/party/r?_pk=a", (("x-color", "red"),), 0.0)
    second = recording.connects("/parties/lobby/r?_pk=b", (), 0.1)
    third = recording.connects("/elsewhere", (), 0.2)
    recording.sends(first, "hi", 0.3)
    recording.sends(second, b"\0", 0.4)
    recording.closes(first, 4000, "bye", 0.5)
    recording.closes(second, 1005, "", 0.6)
    recording.closes(third, 1006, "", 0.7)
    recording.asks(Http("PUT", "/party/r", body=b"x"), 0.8)
    assert recorded.steps == [
        Connect("c1", "/party/r?_pk=a", (("x-color", "red"),)),
        Connect("c2", "/parties/lobby/r?_pk=b"),
        Connect("c3", "/elsewhere"),
        Send("c1", "hi"),
        Send("c2", b"\0"),
        Close("c1", 4000, "bye"),
        Close("c2"),
        Drop("c3"),
        Http("PUT", "/party/r", body=b"x"),
    ]
    assert recorded.parties == ["main", "lobby", "", "main", "lobby", "main", "lobby", "", "main"]


def test_each_way_to_break_the_protocol_has_its_frame() -> None:
    recorded = Recorded()
    client = recorded.recording.connects("/party/r", (), 0.0)
    for code in (1002, 1007, 1009):
        recorded.recording.breaks(client, code, 0.1)
    frames = [step.data for step in recorded.steps if isinstance(step, Raw)]
    assert len(set(frames)) == 3


def test_messages_of_one_client_at_once_are_a_burst() -> None:
    recorded = Recorded()
    client = recorded.recording.connects("/party/r", (), 0.0)
    for number in range(3):
        recorded.recording.sends(client, str(number), 1.0 + number * BURST_GAP / 2)
    recorded.recording.ends()
    assert recorded.steps[1:] == [Burst((("c1", "0"), ("c1", "1"), ("c1", "2")))]


def test_an_answer_in_between_ends_a_burst() -> None:
    recorded = Recorded()
    recording = recorded.recording
    client = recording.connects("/party/r", (), 0.0)
    other = recording.connects("/party/r", (), 0.0)
    recording.sends(client, "0", 1.0)
    recording.spoke(other, 1.0)
    recording.sends(client, "1", 1.0)
    recording.spoke(client, 1.0)
    recording.sends(client, "2", 1.0)
    recording.ends()
    assert recorded.steps[2:] == [Burst((("c1", "0"), ("c1", "1"))), Send("c1", "2")]


def test_messages_of_several_clients_stay_single_and_in_order() -> None:
    recorded = Recorded()
    first = recorded.recording.connects("/party/r", (), 0.0)
    second = recorded.recording.connects("/party/r", (), 0.0)
    for client in (first, second, first):
        recorded.recording.sends(client, "x", 1.0)
    recorded.recording.ends()
    assert recorded.steps[2:] == [Send("c1", "x"), Send("c2", "x"), Send("c1", "x")]


def test_a_burst_is_complete_once_nothing_came_for_an_instant() -> None:
    recorded = Recorded()
    client = recorded.recording.connects("/party/r", (), 0.0)
    assert recorded.recording.settle_past(0.0) is None
    recorded.recording.sends(client, "x", 1.0)
    assert recorded.recording.settle_past(1.0) == pytest.approx(BURST_GAP)
    assert len(recorded.steps) == 1
    assert recorded.recording.settle_past(1.0 + BURST_GAP) is None
    assert recorded.steps[1:] == [Send("c1", "x")]


def test_secrets_are_masked() -> None:
    recorded = Recorded()
    recorded.recording.connects("/party/r?token=s3cret", (("cookie", "s3cret"),), 0.0)
    recorded.recording.asks(Http("GET", "/party/r?token=s3cret", (("authorization", "s3cret"),)), 0.0)
    assert "s3cret" not in repr(recorded.steps)


def test_waits_stand_before_the_step_and_at_the_end() -> None:
    recorded = Recorded()
    client = recorded.recording.connects("/party/r", (), 0.0)
    recorded.recording.sends(client, "x", 60.0)
    recorded.recording.spoke(client, 63.0)
    recorded.recording.ends()
    assert recorded.steps[1:] == [Wait(11.0), Send("c1", "x"), Wait(3.3)]

"""Verifying two forms under given traffic, in virtual time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pkcompat.traffic.file import load_traffic
from pkcompat.traffic.steps import Connect, Send, Traffic, Wait
from pkcompat.traffic.transcript import Message, StepRecord
from pkcompat.verify.given_traffic import VerifyError, VerifyPlan
from pkcompat.verify.held_still import verify_held_still

FIXTURES = Path(__file__).parents[3] / "fixtures"
RECORDINGS = ("alarm", "binary", "hibernation_listener", "overlap", "slow_connect_burst", "storage_kv")

TELLS = """
import random, secrets, time, uuid

def on_connect(connection, room):
    chance = random.random(), uuid.uuid4(), secrets.token_hex()
    connection.send(f"{time.time()} {time.monotonic()} {chance}")

async def on_message(message, connection, room):
    await room.storage.setAlarm(time.time() * 1000 + 3_600_000)

def on_alarm(room):
    room.broadcast(f"rang at {time.time()}")

default = {"onConnect": on_connect, "onMessage": on_message, "onAlarm": on_alarm}
"""
STEPS = (Connect("a", "/party/r?_pk=a"), Send("a", "x"), Wait(3_601.0))


def plan(folder: Path, source: str, *, new: str | None = None) -> VerifyPlan:
    (folder / "old.py").write_text(source)
    (folder / "new.py").write_text(new if new is not None else source)
    return VerifyPlan(Traffic("main", STEPS), str(folder / "old.py"), str(folder / "new.py"))


def test_clocks_and_chance_are_held_still_and_an_hour_takes_no_time(tmp_path: Path) -> None:
    progress: list[int] = []
    verification = verify_held_still(plan(tmp_path, TELLS), lambda: progress.append(1))
    assert verification.agrees
    (rang,) = verification.old.transcript[2].events["a"]
    assert isinstance(rang, Message)
    assert str(rang.data).startswith("rang at 17672292")  # an hour after 2026-01-01
    assert len(progress) == 2


def test_a_difference_that_the_old_form_does_not_show_when_it_runs_again(tmp_path: Path) -> None:
    verification = verify_held_still(plan(tmp_path, TELLS, new=TELLS.replace("rang at", "it rang at")))
    assert not verification.agrees
    assert verification.steady
    assert [difference.step for difference in verification.between] == [2]


def test_a_form_that_differs_from_itself_is_told(tmp_path: Path) -> None:
    source = (
        'def on_connect(connection, room):\n    with open("/dev/urandom", "rb") as chance:\n'
        '        connection.send(chance.read(8).hex())\n\n\ndefault = {"onConnect": on_connect}\n'
    )
    verification = verify_held_still(plan(tmp_path, source))
    assert not verification.agrees
    assert not verification.steady


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_are_met_in_virtual_time(name: str) -> None:
    traffic = load_traffic(FIXTURES / "recordings" / f"{name}.json")
    old, new = (str(FIXTURES / form / f"{name}.py") for form in ("object_form", "class_form"))
    assert verify_held_still(VerifyPlan(traffic, old, new)).agrees


def test_a_form_that_cannot_be_served_is_told(tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match="the new form cannot be served") as error:
        verify_held_still(plan(tmp_path, TELLS, new="1 / 0"))
    assert error.value.is_new_form


def test_it_is_compared_with_the_recording(tmp_path: Path) -> None:
    made = plan(tmp_path, TELLS)
    seen = verify_held_still(made).old.transcript
    recorded = (StepRecord(seen[0].result, {"a": (Message("what was recorded"),)}), *seen[1:])
    verification = verify_held_still(replace(made, traffic=replace(made.traffic, transcript=recorded)))
    assert verification.between == ()
    for side in (verification.old, verification.new):
        assert [(each.step, each.client) for each in side.unlike_recording] == [(0, "a")]

"""Verifying two forms under generated traffic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pkcompat.forms.process import FormProcess
from pkcompat.migrate.target import migrated_sources
from pkcompat.project.hosting import HostPlan
from pkcompat.traffic.steps import Send, Wait
from pkcompat.verify.generated_traffic import GenerationPlan, verify_generated
from pkcompat.verify.given_traffic import VerifyError

FIXTURES = Path(__file__).parents[3] / "fixtures"
ALARM = str(FIXTURES / "object_form" / "alarm.py")

Processes = tuple[FormProcess, FormProcess]


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with FormProcess() as old, FormProcess() as new:
        yield old, new


@pytest.mark.parametrize("name", ["alarm", "main_hooks", "presence"])
def test_a_fixtures_forms_agree(name: str, processes: Processes) -> None:
    plan = GenerationPlan(
        str(FIXTURES / "object_form" / f"{name}.py"),
        str(FIXTURES / "class_form" / f"{name}.py"),
        companions=HostPlan({}, crons={"tick": "*/5 * * * *"}),
        budget=15,
    )
    verification = verify_generated(plan, processes=processes)
    assert verification.agrees, verification.verification
    assert verification.forms == ("object", "class")
    assert verification.old.percent > 90
    assert verification.exploration.scripts == 15
    assert verification.tries_shared_ids is (name != "presence")


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_wrong_class_form_is_told_apart(seed: int, processes: Processes) -> None:
    (file, code), *_ = migrated_sources(ALARM).sources.items()
    wrong = {file: code.replace(b'"rings", rings', b'"rung", rings')}
    assert wrong[file] != code
    verification = verify_generated(GenerationPlan(ALARM, ALARM, wrong, seed=seed), processes=processes)
    assert not verification.agrees
    shortest = verification.verification
    assert shortest is not None
    assert not shortest.agrees
    arming, waiting = Send("a", "arm"), Wait(0.3)
    assert shortest.traffic.steps[1:] == (arming, waiting, arming, waiting)  # two alarms must ring
    assert shortest.traffic.about.startswith(f"generated with seed {seed}: the forms differ at step ")


NEARLY = """
def on_message(message, connection, room):
    if isinstance(message, str) and {old}:
        room.broadcast("heard")


default = {{"onMessage": on_message}}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('message.startswith("/me ")', 'message.startswith("/me")'),
        ('message.startswith("/me")', 'message.startswith("/me ")'),
        ('message.endswith("?!")', 'message.endswith("!")'),
        ('"please" in message', '"lease" in message'),
        ('message == "stop"', 'message.strip() == "stop"'),
        ('message == "stop"', 'message.lower() == "stop"'),
        ('message == "stop"', 'message in ("stop", "halt at once")'),
        ('message[:3] == "go:"', 'message[:2] == "go"'),
        ('len(message.split(", ")) == 3', 'len(message.split(",")) == 3'),
    ],
)
def test_words_that_are_nearly_the_same_are_told_apart(
    old: str, new: str, tmp_path: Path, processes: Processes
) -> None:
    """Found before: `/me` for `/me ` was not, though every line ran."""
    files = tmp_path / "old.py", tmp_path / "new.py"
    for file, condition in zip(files, (old, new), strict=True):
        file.write_text(NEARLY.format(old=condition))
    plan = GenerationPlan(*map(str, files), budget=100)
    assert not verify_generated(plan, processes=processes).agrees


def test_a_form_that_cannot_be_run_is_told(tmp_path: Path, processes: Processes) -> None:
    (tmp_path / "party.py").write_text("1 / 0")
    with pytest.raises(VerifyError, match=r"the new form cannot be served: .*raised at import") as error:
        verify_generated(GenerationPlan(ALARM, str(tmp_path / "party.py")), processes=processes)
    assert "1 / 0" in error.value.detail


COUNTDOWN = """
import time
async def on_message(message, connection, room):
    TAKE_APART
        await room.storage.put("left", int(argument))
        await room.storage.set_alarm(time.time() * 1_000 + 60_000)
    elif command == "stop":
        await room.storage.delete_alarm()
async def on_alarm(room):
    left = await room.storage.get("left") - 1
    await room.storage.put("left", left)
    room.broadcast(f"left:{left}")
    if left > 0:
        await room.storage.set_alarm(time.time() * 1_000 + 1_000)
default = {"on_message": on_message, "on_alarm": on_alarm}
"""
PARTITIONED = """command, _, argument = message.partition(":")
    if command == "start" and argument.isdigit():"""
SPLIT = """command, argument = message.split(" ") if " " in message else (message, "")
    if command == "start" and argument.isdecimal():"""
SLICED = """command, argument = message[:6], message[6:]
    if message[:6] == "start " and argument.isdigit():"""


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("take_apart", [PARTITIONED, SPLIT, SLICED])
def test_alarms_ring_whatever_the_seed(
    take_apart: str, seed: int, tmp_path: Path, processes: Processes
) -> None:
    file = tmp_path / "countdown.py"
    file.write_text(COUNTDOWN.replace("TAKE_APART", take_apart))
    verification = verify_generated(
        GenerationPlan(str(file), str(file), seed=seed, budget=30), processes=processes
    )
    assert verification.agrees
    stopped = file.read_text().splitlines().index('    elif command == "stop":') + 2
    assert verification.old.missed <= {stopped}  # what the third cannot come to

"""`verify`: two forms, a recording, given code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pkcompat.playing.event_log import Pace
from pkcompat.project.hosting import HostPlan
from pkcompat.traffic.comparison import Difference
from pkcompat.traffic.steps import Connect, Http, Send, Traffic
from pkcompat.traffic.transcript import Answer, Message, Opened, StepRecord
from pkcompat.verify.given_traffic import VerifyError, VerifyPlan, verify

OBJECT = """
import shared
def on_connect(connection, room):
    shared.seen.append(connection.id)
    connection.send(f"hello {len(shared.seen)}")
def on_message(message, connection, room):
    connection.send(message)
default = {"onConnect": on_connect, "onMessage": on_message}
"""
CLASS = """
import shared
from partyserver import PartyServer, ServerOptions
class Chat(PartyServer):
    options = ServerOptions(hibernate=True)
    def on_connect(self, connection, ctx):
        shared.seen.append(connection.id)
        connection.send(f"hello {len(shared.seen)}")
    def on_message(self, message, connection):
        connection.send(message)
"""
TRAFFIC = Traffic(
    "chat", (Connect("a", "/parties/chat/r?_pk=a"), Send("a", "x"), Http("GET", "/parties/other/r"))
)
PACE = Pace(quiet=0.1, patience=5.0)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shared.py").write_text("seen = []")
    (tmp_path / "old.py").write_text(OBJECT)
    (tmp_path / "new.py").write_text(CLASS)
    (tmp_path / "other.py").write_text("def on_request(request, room):\n    return None.nothing")
    return tmp_path


def plan(project: Path) -> VerifyPlan:
    return VerifyPlan(
        traffic=TRAFFIC,
        old=str(project / "old.py"),
        new=str(project / "new.py"),
        companions=HostPlan({"other": str(project / "other.py")}),
        pace=PACE,
    )


async def test_forms_that_agree_do_not_share_what_their_modules_share(project: Path) -> None:
    steps = []
    verification = await verify(plan(project), lambda: steps.append(1))
    assert verification.agrees
    assert (verification.old.form, verification.new.form) == ("object", "class")
    assert verification.old.transcript[:2] == (
        StepRecord(Opened(), {"a": (Message("hello 1"),)}),
        StepRecord(None, {"a": (Message("x"),)}),
    )
    failed = verification.old.transcript[2].result
    assert isinstance(failed, Answer)
    assert (failed.status, failed.body) == (500, b"'NoneType' object has no attribute 'nothing'")
    assert "AttributeError" in verification.old.output
    assert len(steps) == 6


async def test_forms_that_differ(project: Path) -> None:
    (project / "new.py").write_text(CLASS.replace("connection.send(message)", "connection.send(message * 2)"))
    verification = await verify(plan(project))
    assert not verification.agrees
    assert verification.between == (Difference(1, "a", (Message("x"),), (Message("xx"),)),)


async def test_both_are_compared_with_a_recording(project: Path) -> None:
    once = await verify(plan(project))
    recorded = (*once.old.transcript[:1], StepRecord(None, {"a": (Message("y"),)}), *once.old.transcript[2:])
    again = await verify(
        replace(
            plan(project), traffic=replace(TRAFFIC, transcript=recorded), pace=replace(PACE, patience=0.2)
        )
    )
    difference = (Difference(1, "a", (Message("y"),), (Message("x"),)),)
    assert (again.between, again.old.unlike_recording, again.new.unlike_recording) == (
        (),
        difference,
        difference,
    )
    assert not again.agrees


async def test_given_code_is_the_new_form(project: Path) -> None:
    given = replace(plan(project), new=str(project / "old.py"), sources={project / "old.py": CLASS.encode()})
    verification = await verify(given)
    assert verification.agrees
    assert verification.new.form == "class"


@pytest.mark.parametrize(("file", "form"), [("old.py", "old form"), ("new.py", "new form")])
async def test_a_form_that_cannot_be_served_is_told(project: Path, file: str, form: str) -> None:
    (project / file).write_text("1 / 0")
    with pytest.raises(
        VerifyError, match=f"the {form} cannot be served: .*{file}: raised at import"
    ) as error:
        await verify(plan(project))
    assert "1 / 0" in error.value.detail

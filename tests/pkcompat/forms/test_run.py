"""Running a form afresh: which modules are the user's, which stay loaded."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import partykit.server
import partyserver.host
import pkcodemods
import pkcompat.forms.run
from pkcompat.forms.determinism import held_still
from pkcompat.forms.line_coverage import TracedLines
from pkcompat.forms.run import is_users_file, load_form, run_form
from pkcompat.forms.served import FormPlan
from pkcompat.project.hosting import HostPlan
from pkcompat.traffic.steps import Connect, Send, Wait
from pkcompat.traffic.transcript import Message, Opened, StepRecord

MODULE = """
import time, uuid
import helper
def on_connect(connection, room):
    helper.seen.append(connection.id)
    connection.send(f"{len(helper.seen)} {time.time():.1f} {uuid.uuid4()}")
async def on_alarm(room):
    room.broadcast("ring")
async def on_request(request, room):
    return None
default = {"onConnect": on_connect, "onAlarm": on_alarm, "onRequest": on_request}
"""


@pytest.fixture
def plan(tmp_path: Path) -> FormPlan:
    (tmp_path / "helper.py").write_text("seen = []\n")
    (tmp_path / "party.py").write_text(MODULE)
    return FormPlan(HostPlan({"main": str(tmp_path / "party.py")}, debug=True), "main")


def test_every_run_is_the_first(plan: FormPlan, tmp_path: Path) -> None:
    steps = (Connect("a", "/party/r?_pk=a"), Wait(3_600.0), Connect("b", "/party/r"), Send("b", "x"))
    coverage = TracedLines(is_users_file)
    modules, path = set(sys.modules), list(sys.path)
    with held_still() as determinism:
        first = run_form(plan, steps, determinism, coverage)
        again = run_form(plan, steps, determinism, coverage)
    assert first == again
    assert isinstance(first.transcript[0].result, Opened)
    (greeting,) = first.transcript[0].events["a"]
    assert isinstance(greeting, Message)
    assert str(greeting.data).startswith("1 1767225600.")
    assert (str(tmp_path / "party.py"), 5) in first.lines
    assert first.transcript[3] == StepRecord()
    assert not {"helper", "party"} & (set(sys.modules) - modules)
    assert sys.path == path


def test_the_server_is_not_the_users_own() -> None:
    for module in (partykit.server, partyserver.host, pkcompat.forms.run, pkcodemods, json):
        assert not is_users_file(str(module.__file__))
    assert is_users_file(__file__)


def test_what_a_form_brings(plan: FormPlan, tmp_path: Path) -> None:
    modules = load_form(plan)
    assert (modules.form, modules.file) == ("object", str(tmp_path / "party.py"))
    assert list(modules.sources) == [str(tmp_path / "party.py"), str(tmp_path / "helper.py")]
    assert modules.handlers == ("on_connect", "on_request", "on_alarm")
    assert not modules.hibernates


def test_files_of_other_parties_are_told_apart(plan: FormPlan, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("import helper\ndef on_request(request, room): return None\n")
    parties = {**plan.host.parties, "other": str(tmp_path / "other.py"), "twin": plan.host.parties["main"]}
    modules = load_form(FormPlan(HostPlan(parties), "main"))
    assert modules.companions == {str(tmp_path / "other.py")}
    assert set(modules.sources) == {str(tmp_path / f"{name}.py") for name in ("party", "helper", "other")}


def test_given_code_is_what_is_told_and_run(plan: FormPlan, tmp_path: Path) -> None:
    code = b"def on_message(message, connection, room): connection.send('new')\n"
    given = FormPlan(plan.host, plan.party, {tmp_path / "party.py": code})
    assert load_form(given).sources == {str(tmp_path / "party.py"): code}
    assert load_form(given).hibernates
    with held_still() as determinism:
        run = run_form(given, (Connect("a", "/party/r"), Send("a", "x")), determinism)
    assert run.transcript[1].events == {"a": (Message("new"),)}


def test_libraries_stay() -> None:
    assert not is_users_file(pytest.__file__)
    assert not is_users_file(sys.modules["json"].__file__ or "")


def test_what_does_not_depend_on_the_script_is_found_out_once(
    plan: FormPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found_again(*arguments: object) -> None:
        raise AssertionError("this was known from the run before")

    with held_still() as determinism:
        first = run_form(plan, (Connect("a", "/party/r?_pk=a"),), determinism)
        for name in (
            "pkcompat.project.module_loading.import_place",
            "pkcompat.project.module_loading.project_root",
            "partyserver.wire.uvicorn_support._codes_of",
            "pkcompat.playing.in_process_transport.uvicorn_config",
        ):
            monkeypatch.setattr(name, found_again)
        assert run_form(plan, (Connect("a", "/party/r?_pk=a"),), determinism) == first

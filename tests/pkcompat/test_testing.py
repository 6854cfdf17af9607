"""`pkcompat.testing`: assertions that two forms agree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from partyserver import Connection, ConnectionContext, PartyServer, ServerOptions
from pkcompat.errors import LegacyPartyError
from pkcompat.testing import BehaviourDiffersError, assert_same_behaviour
from pkcompat.traffic.file import TrafficFileError, save_traffic
from pkcompat.traffic.steps import Connect, Send, Traffic

STEPS = (Connect("a", "/party/r?_pk=a"), Send("a", "shout"))


def on_connect(connection: Any, room: Any) -> None:
    connection.send(f"hello {len(room.connections)}")


def on_message(message: Any, connection: Any, room: Any) -> None:
    if message == "shout":
        room.broadcast("SHOUT")


OLD = {"onConnect": on_connect, "onMessage": on_message}


class Right(PartyServer):
    options = ServerOptions(hibernate=True)

    def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
        connection.send(f"hello {len(self.room.get_connections())}")

    def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "shout":
            self.room.broadcast("SHOUT")


class Wrong(Right):
    def on_message(self, message: str | bytes, sender: Connection) -> None:
        if message == "shout":
            sender.send("SHOUT")


class Mute(Right):
    def on_message(self, message: str | bytes, sender: Connection) -> None:
        raise LookupError("mute")


def test_forms_that_agree(tmp_path: Path) -> None:
    save_traffic(Traffic("chat", STEPS), tmp_path / "traffic.json")
    assert_same_behaviour(OLD, Right, budget=12)
    assert_same_behaviour(SimpleNamespace(**OLD), Right, STEPS)
    assert_same_behaviour(OLD, Right, tmp_path / "traffic.json")
    assert_same_behaviour(OLD, Right, Traffic("main", STEPS))


def test_given_traffic_that_tells_apart_is_shown() -> None:
    with pytest.raises(BehaviourDiffersError) as error:
        assert_same_behaviour(OLD, Mute, STEPS)
    assert str(error.value).splitlines()[:6] == [
        "the two forms differ under the traffic:",
        "",
        "1 ✓ a connects to /party/r?_pk=a → open",
        "    a ← “hello 1”",
        "2 ✗ a sends “shout”",
        "    a ← object form  “SHOUT”",
    ]
    assert "class form   nothing" in str(error.value)
    assert isinstance(error.value, AssertionError)
    assert error.value.traffic.steps == STEPS


def test_generated_traffic_tells_apart_what_one_client_cannot() -> None:
    assert_same_behaviour(OLD, Wrong, STEPS)
    with pytest.raises(BehaviourDiffersError, match=r"generated traffic \(seed 0\)") as error:
        assert_same_behaviour(OLD, Wrong)
    assert len(error.value.traffic.steps) == 3


def test_what_is_ignored_does_not_differ() -> None:
    assert_same_behaviour(
        OLD, {**OLD, "onConnect": lambda connection: connection.send("hello you")}, STEPS, ignore=["hello .*"]
    )


async def test_in_an_asynchronous_test() -> None:
    assert_same_behaviour(OLD, Right, STEPS)


def test_targets(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("def on_message(message, connection, room): connection.send(message)")
    (tmp_path / "new.py").write_text("def on_message(message, connection, room): room.broadcast(message)")
    old, new = str(tmp_path / "old.py"), str(tmp_path / "new.py")
    assert_same_behaviour(old, old, STEPS)
    with pytest.raises(BehaviourDiffersError) as error:
        assert_same_behaviour(old, new, budget=20)
    assert f"{new}" in str(error.value)
    with pytest.raises(TypeError, match="either both forms are targets"):
        assert_same_behaviour(old, Right)


def test_traffic_without_steps_compares_nothing(tmp_path: Path) -> None:
    for traffic in ([], Traffic("main", ())):
        with pytest.raises(ValueError, match="has no steps, so nothing would be compared"):
            assert_same_behaviour(OLD, OLD, traffic)
    (tmp_path / "t.json").write_text('{"steps": []}')
    with pytest.raises(TrafficFileError, match="`steps` is empty"):
        assert_same_behaviour(OLD, OLD, tmp_path / "t.json")


def test_what_is_no_form() -> None:
    with pytest.raises(LegacyPartyError):
        assert_same_behaviour({}, Right)


FAILING = """
import logging
from partyserver import PartyServer, ServerOptions
from pkcompat.testing import assert_same_behaviour

def on_message(message, connection, room):
    print("old prints")
    if message == "boom":
        raise ValueError("boom")
    connection.send("old")

class New(PartyServer):
    options = ServerOptions(hibernate=True)

    def on_message(self, message, sender):
        logging.getLogger("new").warning("new logs")
        if message == "boom":
            raise ValueError("boom")
        sender.send("new")

def test_both_forms():
    assert_same_behaviour({"onMessage": on_message}, New)
"""


def test_a_failure_in_pytest_shows_the_script_and_the_difference_alone(tmp_path: Path) -> None:
    (tmp_path / "test_forms.py").write_text(FAILING)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_forms.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "the two forms differ under generated traffic (seed 0)" in done.stdout
    assert "Captured" not in done.stdout
    assert len(done.stdout.splitlines()) < 60, done.stdout

"""The process of a shadow: input, output, given code, failing imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pkcompat.child_process import Unframer, frame
from pkcompat.shadow.records import CannotLoad, Load, Loaded, ShadowTarget

COMMAND = [sys.executable, "-P", "-m", "pkcompat.child_process", "pkcompat.shadow.process"]


def answers(messages: bytes) -> list[object]:
    """What the process says to these, and that it ends with its input."""
    done = subprocess.run(COMMAND, input=messages, capture_output=True, timeout=60, check=True)
    return [message for message, _ in Unframer().feed(done.stdout)]


def test_it_ends_with_its_input() -> None:
    assert answers(b"") == []


def test_what_a_module_prints_does_not_come_in_between(tmp_path: Path) -> None:
    party = tmp_path / "party.py"
    party.write_text(
        "import os\nfrom partyserver import PartyServer\nprint('printed', flush=True)\n"
        "os.write(1, b'written')\nclass Chat(PartyServer): pass\n"
    )
    told = answers(frame(Load({"main": ShadowTarget(str(party))}, 10**9)))
    assert told[0] == Loaded()
    assert "printed" not in repr(told)


def test_code_may_take_the_place_of_what_is_in_the_file(tmp_path: Path) -> None:
    party = tmp_path / "party.py"
    party.write_text("raise ValueError('this must not run')\n")
    other = b"from partyserver import PartyServer\nclass Chat(PartyServer): pass\n"
    assert answers(frame(Load({"main": ShadowTarget(str(party), {party: other})}, 10**9)))[0] == Loaded()


def test_a_module_that_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "party.py").write_text("raise ValueError('no')\n")
    (told,) = answers(frame(Load({"main": ShadowTarget(str(tmp_path / "party.py"))}, 10**9)))
    assert isinstance(told, CannotLoad)
    assert told.message.endswith("raised at import: ValueError: no")

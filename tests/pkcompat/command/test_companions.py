"""What runs beside the party that is verified: other parties, variables, crons, static files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pkcompat.command.companions import load_companions


def test_the_command_line_goes_over_the_projects_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = {
        "parties": {"a": "a.py", "b": "b.py"},
        "vars": {"X": "1", "Y": "1", "Z": "1"},
        "crons": {"tick": "* * * * *"},
        "colour": "red",
    }
    Path("partykit.json").write_text(json.dumps(config))
    Path(".env").write_text("Y=2\nZ=2\n")
    plan, warnings = load_companions({"b": "c.py"}, {"Z": "3"})
    assert plan.parties == {"a": "a.py", "b": "c.py"}
    assert plan.env == {"X": "1", "Y": "2", "Z": "3"}
    assert plan.crons == {"tick": "* * * * *"}
    assert ["colour" in warning for warning in warnings] == [True]


def test_without_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan, warnings = load_companions({}, {})
    assert (plan.parties, plan.env, warnings) == ({}, {}, ())

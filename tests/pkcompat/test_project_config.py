from pathlib import Path
from typing import Any

import pytest

from pkcompat.json_fields import FieldError
from pkcompat.project_config import (
    ProjectConfig,
    ProjectConfigError,
    load_project_config,
    parse_project_config,
)


def test_everything_that_is_taken() -> None:
    config = parse_project_config(
        {
            "$schema": "https://www.partykit.io/schema.json",
            "name": "demo",
            "main": "src/server.py",
            "parties": {"lobby": "src/lobby.py:lobby"},
            "vars": {"KEY": "value", "LIMIT": 3},
            "crons": {"tick": "*/5 * * * *"},
            "port": 4000,
            "serve": {"path": "public", "singlePageApp": True},
            "compatibilityDate": "2024-01-01",
        }
    )
    assert config == ProjectConfig(
        parties={"lobby": "src/lobby.py:lobby", "main": "src/server.py"},
        vars={"KEY": "value", "LIMIT": 3},
        crons={"tick": "*/5 * * * *"},
        port=4000,
        static="public",
    )
    assert parse_project_config({"serve": "static"}).static == "static"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "partykit.json: must be an object, is a list"),
        ({"partys": {}}, "`partys` is no field here; did you mean `parties`"),
        ({"main": 3}, "`main` must be a string, is a number"),
        ({"parties": {"a": 3}}, "`parties` must hold strings, but 'a' is a number"),
        ({"crons": ["x"]}, "`crons` must be an object, is a list"),
        ({"port": "80"}, "`port` must be a whole number, is a string"),
        ({"port": 65_536}, "`port` must be 0 to 65535, is 65536"),
        ({"port": -1}, "`port` must be 0 to 65535, is -1"),
        ({"serve": 3}, "`serve` must be a folder's path, is a number"),
    ],
)
def test_what_is_wrong_is_said(document: Any, message: str) -> None:
    with pytest.raises(FieldError) as error:
        parse_project_config(document)
    assert message in str(error.value)


def test_files(tmp_path: Path) -> None:
    assert load_project_config(tmp_path) == ProjectConfig()
    file = tmp_path / "partykit.json"
    file.write_text('{"main": "a.py"}')
    assert load_project_config(tmp_path).parties == {"main": "a.py"}
    file.write_text('{"main": "b.py"}', encoding="utf-8-sig")
    assert load_project_config(tmp_path).parties == {"main": "b.py"}
    file.write_text('{"main": }')
    with pytest.raises(ProjectConfigError, match=r"partykit\.json: line 1, column 10: is not JSON"):
        load_project_config(tmp_path)
    file.write_text('{"main": 3}')
    with pytest.raises(ProjectConfigError, match=r"partykit\.json: `main`"):
        load_project_config(tmp_path)

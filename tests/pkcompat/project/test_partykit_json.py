"""`partykit.json`: fields, short forms, warnings, errors."""

from pathlib import Path
from typing import Any

import pytest

from pkcompat.project.partykit_json import (
    ProjectConfig,
    ProjectConfigError,
    StaticFolder,
    load_project_config,
    parse_project_config,
)
from pkcompat.traffic.json_fields import FieldError


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
            "serve": {
                "path": "public",
                "singlePageApp": True,
                "browserTTL": 60,
                "edgeTTL": None,
                "exclude": ["*.map"],
                "include": [".well-known"],
            },
            "persist": ".state",
            "compatibilityDate": "2024-01-01",
        }
    )
    assert config == ProjectConfig(
        parties={"lobby": "src/lobby.py:lobby", "main": "src/server.py"},
        vars={"KEY": "value", "LIMIT": 3},
        crons={"tick": "*/5 * * * *"},
        port=4000,
        static=StaticFolder("public", True, 60, None, (".well-known",), ("*.map",)),
        persist=".state",
    )


def test_the_short_forms() -> None:
    assert parse_project_config({"serve": "static"}).static == StaticFolder("static")
    assert parse_project_config({"serve": {}}).static is None
    assert parse_project_config({"persist": False}).persist is False
    assert parse_project_config({}).persist is None


@pytest.mark.parametrize(
    ("document", "warning"),
    [
        (
            {"partys": {}},
            "partykit.json: `partys` is not a field here, and has no effect; did you mean `parties`?",
        ),
        ({"xyz": 1}, "partykit.json: `xyz` is not a field here, and has no effect"),
        (
            {"define": {"A": "1"}},
            "partykit.json: `define` has no effect here: Python is not bundled; use `vars`",
        ),
        (
            {"serve": {"path": "a", "singlePageapp": True}},
            "partykit.json: `serve`: `singlePageapp` is not a field here, and has no effect; "
            "did you mean `singlePageApp`?",
        ),
        (
            {"serve": {"build": "client.ts"}},
            "partykit.json: `serve`: `build` has no effect here: nothing is bundled; build before you serve, "
            "and name the result in `path`",
        ),
    ],
)
def test_fields_without_effect_are_warned_of(document: Any, warning: str) -> None:
    assert parse_project_config(document).warnings == (warning,)


@pytest.mark.parametrize(
    ("expression", "warned"),
    [
        ("0 12 * * 1", True),
        ("0 12 * * MON,3-5", True),
        ("0 12 * * MON", False),
        ("0 12 * * MON#2", False),
        ("0 12 * * */2", False),
        ("1 2 3 4 *", False),
        ("", False),
    ],
)
def test_weekday_numbers_are_warned_of(expression: str, warned: bool) -> None:
    warnings = parse_project_config({"crons": {"tick": expression}}).warnings
    assert [warning[: warning.index(":", 15)] for warning in warnings] == (
        ["partykit.json: cron `tick`"] if warned else []
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "partykit.json: must be an object, is a list"),
        ({"parties": {"main": "a.py"}}, "`parties` must not contain `main`"),
        ({"persist": 3}, "`persist` must be true, false or a folder's path, is a number"),
        ({"serve": {"singlePageApp": True}}, "`serve`: `path` is missing"),
        ({"serve": {"path": "a", "singlePageApp": 1}}, "`singlePageApp` must be true or false, is a number"),
        ({"serve": {"path": "a", "browserTTL": "1h"}}, "`browserTTL` must be a number, is a string"),
        ({"serve": {"path": "a", "exclude": "*.map"}}, "`exclude` must be a list, is a string"),
        ({"serve": {"path": "a", "exclude": [1]}}, "`exclude` must hold strings, but one is a number"),
        ({"main": 3}, "`main` must be a string, is a number"),
        ({"main": ""}, "`main` must name a Python file, such as party.py; is ''"),
        ({"main": "a\0.py"}, "`main` must name a Python file, such as party.py; is 'a\\x00.py'"),
        ({"parties": {"a": " "}}, "`parties.a` must name a Python file, such as party.py; is ' '"),
        ({"parties": {"a": 3}}, "`parties` must hold strings, but 'a' is a number"),
        ({"crons": ["x"]}, "`crons` must be an object, is a list"),
        ({"port": "80"}, "`port` must be a whole number, is a string"),
        ({"port": 65_536}, "`port` must be 0 to 65535, is 65536"),
        ({"port": -1}, "`port` must be 0 to 65535, is -1"),
        ({"port": 10**400}, "`port` must be 0 to 65535, is 10000000000000000000… (401 digits)"),
        ({"main": "\ud800.py"}, "`main` holds half of a surrogate pair, \\ud800"),
        (
            {"parties": {"a": "a\0.py"}},
            "`parties.a` must name a Python file, such as party.py; is 'a\\x00.py'",
        ),
        ({"parties": {"\ud800": "a.py"}}, "`parties` holds half of a surrogate pair, \\ud800"),
        ({"crons": {"a": "\ud800"}}, "`crons` holds half of a surrogate pair, \\ud800"),
        ({"persist": "a\0"}, "`persist` must be a folder's path, is 'a\\x00'"),
        ({"persist": "\ud800"}, "`persist` must be a folder's path, is '\\ud800'"),
        ({"serve": "a\0"}, "`serve` must be a folder's path, is 'a\\x00'"),
        ({"serve": {"path": "a\0"}}, "`serve`: `path` must be a folder's path, is 'a\\x00'"),
        ({"serve": {"path": "a", "edgeTTL": 1e308}}, "`edgeTTL` must be at most 2.14748e+09, is 1e+308"),
        ({"serve": {"path": "a", "edgeTTL": 10**400}}, "`edgeTTL` must be at most 2.14748e+09, is 1000"),
        ({"serve": 3}, "`serve` must be a folder's path or an object with a `path`, is a number"),
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
    file.write_text("// PartyKit reads JSON5\n{main: 'c.py', /* so */ vars: {N: +1,},}")
    assert load_project_config(tmp_path).vars == {"N": 1}
    file.write_text('{"main": }')
    with pytest.raises(ProjectConfigError, match=r"partykit\.json: line 1, column 10: is not JSON"):
        load_project_config(tmp_path)
    for text, problem in (("", "is empty; write at least"), ("\n", "is empty"), ("//", "line 1")):
        file.write_text(text)
        with pytest.raises(ProjectConfigError, match=rf"partykit\.json: {problem}"):
            load_project_config(tmp_path)
    file.write_text('{"main": 3}')
    with pytest.raises(ProjectConfigError, match=r"partykit\.json: `main`"):
        load_project_config(tmp_path)


def test_the_other_names(tmp_path: Path) -> None:
    (tmp_path / "partykit.jsonc").write_text('{"main": 3}')
    with pytest.raises(ProjectConfigError, match=r"partykit\.jsonc: `main`"):
        load_project_config(tmp_path)
    (tmp_path / "partykit.json5").write_text("{main: 'five.py'}")
    assert load_project_config(tmp_path).parties == {"main": "five.py"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 100_000, "line 1, column 100000: is nested too deep (100,000 levels)"),
        ("// JSON5\n{vars: {a: " + "[" * 3_000, "line 2, column 3011: is nested too deep (3,002 levels)"),
        ('{"port":\n' + "9" * 5_000 + "}", "line 2, column 1: a number has 5,000 digits"),
    ],
)
def test_what_python_cannot_read_is_said_with_its_place(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "partykit.json").write_text(text)
    with pytest.raises(ProjectConfigError) as error:
        load_project_config(tmp_path)
    assert f"partykit.json: {problem}" in str(error.value)


def test_200_levels_are_not_too_deep(tmp_path: Path) -> None:
    nested = "[" * 200 + "]" * 200
    (tmp_path / "partykit.json").write_text(f'{{"vars": {{"a": {nested}}}}}')
    assert str(load_project_config(tmp_path).vars["a"]) == nested

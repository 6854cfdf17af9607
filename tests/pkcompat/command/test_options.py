"""Values of command line options: pairs and budgets."""

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pkcompat.command import options
from pkcompat.command.app import app
from pkcompat.command.options import check_origins, pairs
from pkcompat.verify import search as exploration


def test_names_and_values() -> None:
    assert pairs(["my-party=a.py:b", "other=c"], "--party") == {"my-party": "a.py:b", "other": "c"}
    assert pairs(["KEY=a=b", "EMPTY="], "--env") == {"KEY": "a=b", "EMPTY": ""}
    assert pairs(None, "--env") == {}


@pytest.mark.parametrize(
    ("value", "option", "message"),
    [
        (["a.py"], "--party", "'a.py' is not NAME=TARGET"),
        (["chat="], "--party", "'chat=' is not NAME=TARGET"),
        (["=x"], "--env", "'=x' is not NAME=VALUE"),
        (["a=1", "a=2"], "--env", "'a' is given twice"),
    ],
)
def test_what_is_no_pair(value: list[str], option: str, message: str) -> None:
    with pytest.raises(typer.BadParameter, match=message):
        pairs(value, option)


def test_an_origin_that_is_none_is_refused_with_what_to_write() -> None:
    check_origins(None)
    check_origins(["https://example.com", "https://*.example.com"])
    with pytest.raises(typer.BadParameter, match=r"has no scheme: write https://example\.com"):
        check_origins(["example.com"])


def test_the_budget_is_that_of_explorations() -> None:
    assert options.DEFAULT_BUDGET == exploration.DEFAULT_BUDGET


LONG = "a" * 5_000
TOO_LONG = f"{LONG}.py"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["serve", TOO_LONG], "no such file|name too long"),
        (["serve", f"{LONG}/party.py"], "no such file|name too long"),
        (["serve", "--party", f"a={TOO_LONG}"], "no such file|name too long"),
        (["serve", "party.py", "--storage", LONG], "no such file|name too long"),
        (["serve", "party.py", "--record", LONG], "no such file|name too long"),
        (["serve", "--party", "a\udcffb=party.py"], "a party's name must be"),
        (["serve", "a\udcffb.py"], "no such file|name too long"),
        (["verify", TOO_LONG], "no such file|name too long"),
        (["verify", "party.py", "--traffic", LONG], "no such file|name too long"),
        (["watch", TOO_LONG], "no such file|name too long"),
        (["scan", LONG], "no such file|name too long"),
        (["migrate", LONG], "no such file|name too long"),
        (["verify", "party.py", "--ignore", "(" * 5_000 + ")" * 5_000], "not a +│?\n?│? *regular"),
        (["verify", "party.py", "--ignore", "a{99999999999999}"], "not a +│?\n?│? *regular"),
        *(
            (["serve", "party.py", option, number], "Invalid value")
            for option in ("--grace", "--idle-timeout", "--record-limit", "--header-timeout")
            for number in ("nan", "inf", "1e308", "-1")
        ),
        (["verify", "party.py", "--quiet-time", "1e308"], "Invalid value"),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the process would end here
def test_values_that_cannot_be_are_errors_of_ours(
    arguments: list[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "party.py").write_text('default = {"onMessage": lambda message, connection, room: None}\n')
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [*arguments, *(["--port", "0"] if arguments[0] == "serve" else [])])
    assert re.search(problem, result.output, re.IGNORECASE)
    assert result.exit_code == 2, result.exception

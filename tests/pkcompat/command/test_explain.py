"""`pkcompat explain`: one page, the list of codes, codes that do not exist; on a terminal and in a pipe."""

from __future__ import annotations

from typing import Any

import pytest
from tests.pkcompat.command.fake_terminal import terminal
from typer.main import get_command
from typer.testing import CliRunner, Result

from pkcodemods.finding_codes import FINDING_CODES
from pkcodemods.finding_pages import finding_page
from pkcompat.command.app import app


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["explain", *arguments], catch_exceptions=False)


def on_terminal(*arguments: str) -> None:
    main: Any = get_command(app)
    main.main(["explain", *arguments], prog_name="pkcompat", standalone_mode=False)


@pytest.mark.parametrize("code", ["PK301", "pk301"])
def test_in_a_pipe_a_page_is_plain_markdown(code: str) -> None:
    done = explain(code)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == finding_page("PK301").text()
    assert done.stdout.startswith("# PK301: connections that share an id\n\n")
    assert ".md" not in done.stdout


@pytest.mark.parametrize("columns", [50, 100])
@pytest.mark.parametrize("code", FINDING_CODES)
def test_on_a_terminal_a_page_is_laid_out(code: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch, columns)
    on_terminal(code)
    assert f"{code}: {FINDING_CODES[code].title}" in screen.text
    assert "\x1b[" in screen.getvalue()
    assert not {"##", "```", "…"} & set(screen.text.split())
    assert ".md" not in screen.text
    assert max(map(len, screen.text.splitlines())) <= columns
    squeezed = "".join(screen.text.split())
    for line in finding_page(code).markdown.partition("```python\n")[2].partition("```")[0].splitlines():
        assert "".join(line.split()) in squeezed


def test_colours_are_left_out_where_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        screen = terminal(monkeypatch, 80, **env)
        on_terminal("PK301")
        assert "PK301: connections that share an id" in screen.getvalue()
        assert "\x1b" not in screen.getvalue()


def test_without_a_code_there_is_a_line_for_each() -> None:
    done = explain()
    assert done.exit_code == 0
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert lines == [[code, each.outcome, each.title] for code, each in FINDING_CODES.items()]


def test_on_a_narrow_terminal_a_code_still_has_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch, 60)
    on_terminal()
    assert len(screen.text.splitlines()) == len(FINDING_CODES)
    assert max(map(len, screen.text.splitlines())) <= 60


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("PK120", "PK119 or PK118 or PK117"),
        ("PK999", "PK903 or PK902 or PK901"),
        ("301", "PK301"),
        ("K301", "PK301"),
        ("PK0301", "PK301"),
    ],
)
def test_a_code_that_does_not_exist_is_an_error_with_near_ones(code: str, near: str) -> None:
    done = explain(code)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: there is no finding {code}; did you mean {near}? `pkcompat explain` lists them all\n"
    )


@pytest.mark.parametrize("code", ["E501", "PK", "PK11", "chat.py"])
def test_a_code_that_is_near_none_is_an_error_too(code: str) -> None:
    done = explain(code)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"error: there is no finding {code}; `pkcompat explain` lists them all\n"

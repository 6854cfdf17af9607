"""`--help` of every command: examples that can be typed, and nothing cut on a narrow or plain terminal."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import typer
from tests.pkcompat.command.fake_terminal import terminal
from typer.main import get_command
from typer.testing import CliRunner

from pkcompat.command.app import app
from pkcompat.command.examples import EXAMPLES

ROOT: Any = get_command(app)
_REDIRECTION = re.compile(r"[<>] ?\S+")


def commands(command: Any = ROOT, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command and group, by the words that name it."""
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, f"{path} {name}".strip())


COMMANDS = dict(commands())
LINES = [example.line for examples in EXAMPLES.values() for example in examples]


def parsed(words: list[str]) -> str:
    """Parse a command line as `pkcompat` would, without running it; the command that it names."""
    command, name, rest = ROOT, "pkcompat", words
    context = None
    while True:
        context = command.make_context(name, list(rest), parent=context)
        rest = [*context._protected_args, *context.args]
        if not hasattr(command, "commands") or not rest:
            return str(context.command_path)
        name, command, rest = command.resolve_command(context, rest)


def test_every_command_has_examples() -> None:
    assert set(EXAMPLES) == set(COMMANDS)
    assert all(EXAMPLES.values())


@pytest.mark.parametrize("line", LINES)
def test_an_example_can_be_typed(line: str) -> None:
    inner = re.fullmatch(r'eval "\$\((.*)\)"', line)
    for part in re.split(r"&&|\|", inner[1] if inner else line):
        program, *words = shlex.split(_REDIRECTION.sub("", part))
        assert program == "pkcompat"
        with suppress(typer.Exit):  # of an option that ends the command, such as --show-completion
            parsed(words)


@pytest.mark.parametrize(
    "words", [["serve", "--prot", "1"], ["storage", "list", "--limit", "1", "f"], ["verify"], ["migrate"]]
)
def test_a_wrong_example_would_be_found(words: list[str]) -> None:
    with pytest.raises(Exception, match=r"No such option|Missing parameter"):
        parsed(words)


def test_an_example_names_the_command_that_it_is_of() -> None:
    for command, examples in EXAMPLES.items():
        assert command == "" or all(f"pkcompat {command}" in example.line for example in examples)


def show_help(command: str) -> None:
    with suppress(typer.Exit, SystemExit):
        ROOT.main([*command.split(), "--help"], prog_name="pkcompat")


def help_on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, command: str) -> str:
    screen = terminal(monkeypatch, columns)
    show_help(command)
    return screen.text


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_of_help_is_cut(command: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = help_on_terminal(monkeypatch, columns, command)
    assert "…" not in shown
    assert "`" not in shown
    options = {name for parameter in COMMANDS[command].params for name in parameter.opts if name[0] == "-"}
    assert options <= set(re.findall(r"--?[a-z][\w-]*", shown))
    for example in EXAMPLES[command]:
        assert "".join(example.line.split()) in "".join(shown.split())
    typed = {f"    {example.line}" for example in EXAMPLES[command]}
    too_long = [line for line in shown.splitlines() if len(line) > columns and line not in typed]
    assert columns < 50 or too_long == []  # click's plain help is never narrower than 50


def test_help_has_colours_and_boxes_only_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    environments: list[tuple[int, dict[str, str]]] = [
        (80, {"NO_COLOR": "1"}),
        (80, {"TERM": "dumb"}),
        (60, {}),
    ]
    for columns, env in environments:
        screen = terminal(monkeypatch, columns, **env)
        show_help("storage list")
        assert "--cluster-namespace" in screen.getvalue()
        assert "\x1b" not in screen.getvalue()
        assert ("╭" in screen.getvalue()) == ("NO_COLOR" in env)
    screen = terminal(monkeypatch, 80)
    show_help("storage list")
    assert "\x1b[1;36m" in screen.getvalue()
    piped = CliRunner().invoke(app, ["storage", "list", "--help"]).output
    assert "\x1b" not in piped
    assert "╭" in piped


def test_what_each_command_does_is_listed_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = help_on_terminal(monkeypatch, 60, "")
    assert "Work on rooms' data in storage files and clusters, while no host serves it." in " ".join(
        shown.split()
    )

"""Files stay under 400 lines and functions under 60: past that a better cut is due, or a reason is given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("runtime", "compat", "codemods")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
REASONS: dict[str, str] = {
    "runtime/partyserver/host.py:__init__": "one parameter a setting of the host, each with its line of help",
    "compat/pkcompat/command/migrate.py:migrate": "one parameter an option, as Typer has it",
    "compat/pkcompat/command/serve.py:serve": "one parameter an option, as Typer has it",
    "compat/pkcompat/command/verify.py:verify": "one parameter an option, as Typer has it",
    "runtime/partyserver/wire/open_websocket.py": "one object a socket, for the sake of idle ones",
}


def large() -> Iterator[str]:
    """Files and functions that are too long."""
    for path in sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        source = path.read_text(encoding="utf-8")
        if source.count("\n") > LONGEST_FILE:
            yield name
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno >= LONGEST_FUNCTION:
                    yield f"{name}:{node.name}"


def test_what_is_large_has_a_reason() -> None:
    assert sorted(large()) == sorted(REASONS)

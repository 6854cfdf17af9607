"""What `pkcompat migrate` prints."""

import difflib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from pkcompat.command.output import stderr_console, stdout_console
from pkcompat.file_migration import FileMigration

_STYLES = {"rewritten": "green", "residue": "yellow", "wrapped": "yellow", "untouched": "dim", "error": "red"}
_DIFF_STYLES = {"---": "bold", "+++": "bold", "@@": "cyan", "-": "red", "+": "green"}


def show_diff(migrations: Sequence[FileMigration]) -> None:
    """Print what changes as one unified diff, that `patch -p0` takes."""
    console = stdout_console()
    for migration in migrations:
        if migration.changes:
            for line in unified_diff(migration):
                style = next((style for mark, style in _DIFF_STYLES.items() if line.startswith(mark)), "")
                console.print(Text(line, style), soft_wrap=True, end="")


def unified_diff(migration: FileMigration) -> list[str]:
    """The lines of a file's diff, each with its end."""
    before, after = _lines(migration.before), _lines(migration.after)
    lines = difflib.unified_diff(before, after, str(migration.path), str(migration.path))
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]


def _lines(data: bytes) -> list[str]:
    text = data.decode(errors="replace")
    return [f"{line}\n" for line in text[:-1].split("\n")] if text.endswith("\n") else _unended(text)


def _unended(text: str) -> list[str]:
    lines = text.split("\n")
    return [*(f"{line}\n" for line in lines[:-1]), *([lines[-1]] if lines[-1] else [])]


def show_text(migrations: Sequence[FileMigration], *, written: bool, to_stderr: bool) -> None:
    """Print a line for each file with a party or a problem, its findings, and a summary."""
    console = stderr_console() if to_stderr else stdout_console()
    for migration in migrations:
        if migration.problem is not None:
            _show_problem(console, migration)
        elif migration.changes or migration.parties or migration.findings:
            _show_file(console, migration)
    console.print(summary(migrations, written=written), soft_wrap=True)


def _show_problem(console: Console, migration: FileMigration) -> None:
    problem = migration.problem
    assert problem is not None
    place = f"{migration.path}:{problem.line}" if problem.line is not None else str(migration.path)
    console.print(Text.assemble(("error      ", "bold red"), f"{place}: {problem.message}"), soft_wrap=True)


def _show_file(console: Console, migration: FileMigration) -> None:
    outcome = migration.outcome
    names = ", ".join(party.name or "the module itself" for party in migration.parties)
    console.print(
        Text.assemble((f"{outcome:<10} ", f"bold {_STYLES[outcome]}"), f"{migration.path} ", (names, "dim")),
        soft_wrap=True,
    )
    for finding in [*migration.findings, *(found for party in migration.parties for found in party.findings)]:
        place = f"{migration.path}:{finding.line}:{finding.column}: "
        console.print(
            Text.assemble(
                "  ", place, (f"{finding.code} ", "bold"), finding.message, (f" {finding.help}", "dim")
            ),
            soft_wrap=True,
        )


def summary(migrations: Sequence[FileMigration], *, written: bool) -> Text:
    """What became of all files, in one sentence."""
    counted = Counter(migration.outcome for migration in migrations)
    changed = sum(migration.changes for migration in migrations)
    if not migrations:
        return Text("No Python files there.")
    verb = "changed" if written else "would change"
    kinds = [
        f"{counted[outcome]} {shown}"
        for outcome, shown in (
            ("rewritten", "rewritten"),
            ("residue", "with residue"),
            ("wrapped", "wrapped"),
        )
        if counted[outcome]
    ]
    sentence = f"{_files(changed)} {verb}" + (f" ({', '.join(kinds)})" if kinds else "")
    rest = len(migrations) - changed - counted["error"]
    if rest:
        sentence += f", {rest} left as {'it is' if rest == 1 else 'they are'}"
    if counted["error"]:
        sentence += f", {counted['error']} could not be processed"
    return Text(f"{sentence}.", "bold")


def _files(count: int) -> str:
    return f"{count or 'No'} file{'' if count == 1 else 's'}"


def show_json(migrations: Sequence[FileMigration], *, to_stderr: bool) -> None:
    """Print what became of each file as one JSON object."""
    console = stderr_console() if to_stderr else stdout_console()
    document = {"files": [as_json(migration) for migration in migrations]}
    console.print(json.dumps(document, indent=2, ensure_ascii=False), soft_wrap=True, markup=False)


def as_json(migration: FileMigration) -> dict[str, Any]:
    """What became of a file, as JSON has it; with `message` and `line` where it failed."""
    document: dict[str, Any] = {"path": str(migration.path), "outcome": migration.outcome}
    if migration.problem is not None:
        document |= {
            "message": migration.problem.message,
            "line": migration.problem.line,
            "column": migration.problem.column,
        }
    document["parties"] = [
        {
            "name": party.name,
            "outcome": str(party.outcome),
            "findings": [
                {
                    "code": finding.code,
                    "line": finding.line,
                    "column": finding.column,
                    "message": finding.message,
                    "help": finding.help,
                }
                for finding in party.findings
            ],
        }
        for party in migration.parties
    ]
    return document

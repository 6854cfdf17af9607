"""The text output of `pkcompat migrate`."""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from pkcodemods.result import Finding, PartyResult
from pkcompat.command.migrate_verify_output import show_party_verifications, show_terms
from pkcompat.command.output import shown_path, shown_text, stderr_console, stdout_console
from pkcompat.migrate import FileMigration, unified_diff

if TYPE_CHECKING:
    from pkcompat.migrate import Verifications

OUTCOME_STYLES = {
    "rewritten": "green",
    "residue": "yellow",
    "wrapped": "yellow",
    "untouched": "dim",
    "error": "red",
}
_INDENT = " " * 6
_OF_OTHERS = "(along with parties of other files)"
_DIFF_STYLES = {"---": "bold", "+++": "bold", "@@": "cyan", "-": "red", "+": "green"}


def show_diff(migrations: Sequence[FileMigration]) -> None:
    """Print the changes as one unified diff for `patch -p0`; coloured on a terminal."""
    console = stdout_console()
    for line in (line for migration in migrations if migration.changes for line in unified_diff(migration)):
        if console.is_terminal:
            text = shown_text(line.decode(errors="replace").replace("\r\n", "\n"))
            style = next((style for mark, style in _DIFF_STYLES.items() if text.startswith(mark)), "")
            console.print(Text(text, style), soft_wrap=True, end="")
        else:
            sys.stdout.buffer.write(line)  # bytes: `patch` needs tabs, CRs and encodings unchanged
    sys.stdout.flush()


def show_text(
    migrations: Sequence[FileMigration],
    verifications: "Verifications | None" = None,
    *,
    written: bool,
    to_stderr: bool,
) -> None:
    """Print a line for each file with a party or a problem, its findings, and a summary.

    Args:
        migrations: the results, one a file.
        verifications: the results of comparing their parties, if they were compared.
        written: whether the files were written.
        to_stderr: whether to print to standard error.
    """
    console = stderr_console() if to_stderr else stdout_console()
    for migration in migrations:
        if migration.problem is not None and not migration.parties:
            show_problem(console, migration)
        elif migration.changes or migration.parties or migration.findings:
            _show_file(console, migration)
            if verifications is not None:
                show_party_verifications(console, migration, verifications)
    if verifications is not None:
        show_terms(console, verifications)
    console.print(summary(migrations, written=written), soft_wrap=True)
    show_where_explained(console, migrations)


def show_problem(console: Console, migration: FileMigration) -> None:
    """Print why a file could not be processed."""
    problem = migration.problem
    assert problem is not None
    place = shown_path(migration.path) + ("" if problem.line is None else f":{problem.line}")
    message = shown_text(problem.message)
    console.print(Text.assemble(("error      ", "bold red"), f"{place}: {message}"), soft_wrap=True)


def _show_file(console: Console, migration: FileMigration) -> None:
    outcome = migration.outcome
    names = ", ".join(_name(party, outcome) for party in migration.parties)
    if not names and migration.changes:
        names = _OF_OTHERS
    console.print(
        Text.assemble(
            (f"{outcome:<10} ", f"bold {OUTCOME_STYLES[outcome]}"),
            shown_path(migration.path),
            (f" {names}" if names else "", "dim"),
        ),
        soft_wrap=True,
    )
    show_findings(console, migration)


def _name(party: PartyResult, outcome: str) -> str:
    """A party's name; with its outcome if that differs from the outcome of its file."""
    name = party.name or "the module itself"
    return name if party.outcome == outcome else f"{name} ({party.outcome})"


def show_findings(console: Console, migration: FileMigration) -> None:
    """Print each finding in a file with its place and help: one line, or more if it quotes test output."""
    for finding in _findings(migration):
        place = f"{shown_path(migration.path)}:{finding.line}:{finding.column}: "
        message, help_text, gap = shown_text(finding.message), shown_text(finding.help), " "
        if "\n" in message:
            message, gap = message.replace("\n", f"\n{_INDENT}"), f"\n{_INDENT}"
        console.print(
            Text.assemble(
                "  ",
                place,
                (f"{finding.code} ", "bold"),
                message,
                (f"{gap}{help_text}", "dim"),
            ),
            soft_wrap=True,
        )


def _findings(migration: FileMigration) -> dict[Finding, None]:
    of_parties = (found for party in migration.parties for found in party.findings)
    return dict.fromkeys([*migration.findings, *of_parties])  # two parties may share a finding


def show_where_explained(console: Console, migrations: Sequence[FileMigration]) -> None:
    """Name the command that explains a finding, on a terminal: programs read as far as the summary."""
    finding = next((found for migration in migrations for found in _findings(migration)), None)
    if console.is_terminal and finding is not None:
        console.print(Text(f"`pkcompat explain {finding.code}` says more.", "dim"), soft_wrap=True)


def summary(migrations: Sequence[FileMigration], *, written: bool) -> Text:
    """Sum up the outcomes of all files in one sentence."""
    counted = Counter(migration.outcome for migration in migrations)
    changed = sum(migration.changes for migration in migrations)
    if not migrations:
        return Text("No Python files found.")
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

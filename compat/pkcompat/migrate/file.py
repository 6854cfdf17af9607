"""The codemod on files: read, migrate in memory, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pkcompat.migrate.problem import Problem
from pkcompat.migrate.syntax_check import syntax_problem
from pkcompat.project import FileChangedError, ToolSettings, replace_content, uninterrupted

if TYPE_CHECKING:
    from pkcodemods.result import BytesResult, Finding, PartyResult

ERROR = "error"
UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class FileMigration:
    """What became of one file.

    Attributes:
        path: the file, as it was named.
        outcome: `rewritten`, `residue`, `wrapped`, `untouched` or `error`.
        before: what it held; empty if it could not be read.
        after: what it shall hold; the same as `before` where nothing changes.
        parties: the codemod's result for each party.
        findings: those that belong to no party.
        problem: why it could not be processed, if it could not.
        group: the number of the files that change together with it; None where none does.
    """

    path: Path
    outcome: str
    before: bytes = b""
    after: bytes = b""
    parties: Sequence[PartyResult] = ()
    findings: Sequence[Finding] = ()
    problem: Problem | None = None
    group: int | None = None

    @property
    def changes(self) -> bool:
        """Whether the file would change."""
        return self.before != self.after


def migrate_file(path: Path, settings: ToolSettings | None = None) -> FileMigration:
    """Read a file and migrate it in memory; nothing is written. What goes wrong is in the result.

    Args:
        path: the file.
        settings: what the project chose.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return failed(path, Problem(strerror(error)))
    return migrate_data(path, data, settings)


def migrate_data(path: Path, data: bytes, settings: ToolSettings | None = None) -> FileMigration:
    """Migrate what a file holds, in memory. What goes wrong is in the result.

    Args:
        path: the file.
        data: its content.
        settings: what the project chose.
    """
    from pkcodemods import migrate_bytes

    settings = settings or ToolSettings()
    result = migrate_bytes(data, path=settings.path_in_project(path), settings=settings.codemod)
    if result.outcome == UNTOUCHED and (problem := syntax_problem(data)) is not None:
        return failed(path, problem)
    return in_file(path, result)


def in_file(path: Path, result: BytesResult) -> FileMigration:
    """What became of a file, from what became of its bytes."""
    migration = FileMigration(
        path, str(result.outcome), result.before, result.data, result.parties, result.findings
    )
    if result.outcome != ERROR:
        return migration
    if result.findings:  # it cannot be read at all
        reason = result.findings[0]
        return failed(path, Problem(reason.message, reason.line, reason.column))
    reason = next(found for party in result.parties if party.outcome == ERROR for found in party.findings)
    return replace(migration, problem=Problem(reason.message))


def write_migrations(migrations: Sequence[FileMigration]) -> list[FileMigration]:
    """Write what became of files: of those that change together all or none. An interruption waits for it.

    Returns:
        The same, or the failures to write them, in their order.
    """
    groups: dict[object, list[FileMigration]] = {}
    for migration in migrations:
        if migration.changes:
            groups.setdefault(migration.path if migration.group is None else migration.group, []).append(
                migration
            )
    with uninterrupted():
        written = {each.path: each for group in groups.values() for each in _write_together(group)}
    return [written.get(migration.path, migration) for migration in migrations]


def _write_together(migrations: Sequence[FileMigration]) -> list[FileMigration]:
    for number, migration in enumerate(migrations):
        result = write_migration(migration)
        if result.problem is not None:
            reason = f"changes together with {migration.path}, which {result.problem.message}"
            undone = [_undo(other, reason) for other in migrations[:number]]
            rest = [
                failed(other.path, Problem(f"not written: it {reason}")) for other in migrations[number + 1 :]
            ]
            return [*undone, result, *rest]
    return list(migrations)


def _undo(migration: FileMigration, reason: str) -> FileMigration:
    try:
        replace_content(migration.path, migration.after, migration.before)
    except (OSError, FileChangedError):
        return failed(migration.path, Problem(f"was written, and cannot be restored, but {reason}"))
    return failed(migration.path, Problem(f"not written: it {reason}"))


def write_migration(migration: FileMigration) -> FileMigration:
    """Write what became of a file, if it changes.

    Returns:
        The same, or the failure to write it.
    """
    if not migration.changes:
        return migration
    try:
        replace_content(migration.path, migration.before, migration.after)
    except OSError as error:
        return failed(migration.path, Problem(f"cannot be written: {strerror(error)}"))
    except FileChangedError:
        return failed(migration.path, Problem("changed while it was being migrated; not written"))
    return migration


def failed(path: Path, problem: Problem) -> FileMigration:
    """What became of a file that could not be processed."""
    return FileMigration(path, ERROR, problem=problem)


def strerror(error: OSError) -> str:
    """What went wrong with a file, without its name."""
    return error.strerror or str(error)

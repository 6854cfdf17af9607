"""The codemod on files: read, migrate in memory, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pkcompat.atomic_write import FileChangedError, replace_content

if TYPE_CHECKING:
    from pkcodemods.result import Finding, PartyResult

ERROR = "error"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file could not be processed.

    Attributes:
        message: what is wrong.
        line: from 1; None if it is about the whole file.
        column: from 1; None if it is about the whole file.
    """

    message: str
    line: int | None = None
    column: int | None = None


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
    """

    path: Path
    outcome: str
    before: bytes = b""
    after: bytes = b""
    parties: Sequence[PartyResult] = ()
    findings: Sequence[Finding] = ()
    problem: Problem | None = None

    @property
    def changes(self) -> bool:
        """Whether the file would change."""
        return self.before != self.after


def migrate_file(path: Path) -> FileMigration:
    """Read a file and migrate it in memory; nothing is written. What goes wrong is in the result."""
    from pkcodemods import migrate_bytes

    try:
        before = path.read_bytes()
    except OSError as error:
        return _failed(path, Problem(_strerror(error)))
    result = migrate_bytes(before, path=str(path))
    if result.outcome == ERROR:
        reason = result.findings[0]
        return _failed(path, Problem(reason.message, reason.line, reason.column))
    return FileMigration(path, str(result.outcome), before, result.data, result.parties, result.findings)


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
        return _failed(migration.path, Problem(f"cannot be written: {_strerror(error)}"))
    except FileChangedError:
        return _failed(migration.path, Problem("changed while it was being migrated; not written"))
    return migration


def _failed(path: Path, problem: Problem) -> FileMigration:
    return FileMigration(path, ERROR, problem=problem)


def _strerror(error: OSError) -> str:
    return error.strerror or str(error)

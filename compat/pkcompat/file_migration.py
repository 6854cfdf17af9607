"""The codemod on files: read, migrate in memory, write."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pkcompat.atomic_write import FileChangedError, replace_content

if TYPE_CHECKING:
    from pkcodemods.result import Finding, PartyResult

ERROR = "error"
UNTOUCHED = "untouched"


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
    if result.outcome == UNTOUCHED and (problem := syntax_problem(before)) is not None:
        return _failed(path, problem)
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


def syntax_problem(data: bytes) -> Problem | None:
    """Why bytes are no Python source, if they are none.

    The codemod does not look at files that can hold no party; that they cannot be read is told all the same.
    """
    from pkcodemods.bytes_migration import decode
    from pkcodemods.errors import SourceError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those about the code are for who runs it
            compile(decode(data)[0], "<source>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except SourceError as error:
        return Problem(error.reason, error.line, error.column)
    except SyntaxError as error:
        return Problem(error.msg, error.lineno or 1, error.offset or 1)
    except (ValueError, MemoryError, RecursionError) as error:
        return Problem(str(error) or type(error).__name__)
    return None


def _failed(path: Path, problem: Problem) -> FileMigration:
    return FileMigration(path, ERROR, problem=problem)


def _strerror(error: OSError) -> str:
    return error.strerror or str(error)

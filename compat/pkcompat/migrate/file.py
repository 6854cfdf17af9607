"""The codemod on files: read, migrate in memory, write."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pkcompat.migrate.problem import Problem
from pkcompat.migrate.syntax_check import syntax_problem
from pkcompat.project import (
    FileChangedError,
    StagedContent,
    ToolSettings,
    locked,
    read_source,
    remove_leftovers,
    replace_content,
    uninterrupted,
)

if TYPE_CHECKING:
    from pkcodemods.result import BytesResult, Finding, PartyResult

ERROR = "error"
UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class FileMigration:
    """The result of migrating one file.

    Attributes:
        path: the file, as it was named.
        outcome: `rewritten`, `residue`, `wrapped`, `untouched` or `error`.
        before: the old content; empty if the file could not be read.
        after: the new content; the same as `before` if nothing changes.
        parties: the codemod's result for each party.
        findings: the findings that belong to no party.
        problem: why the file could not be processed, if so.
        group: identifies the files that change together; None if no other file changes with this one.
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
    """Read a file and migrate it in memory; nothing is written. Failures are part of the result.

    Args:
        path: the file.
        settings: the project's settings.
    """
    try:
        data = read_source(path)
    except OSError as error:
        return failed(path, Problem(strerror(error)))
    return migrate_data(path, data, settings)


def migrate_data(path: Path, data: bytes, settings: ToolSettings | None = None) -> FileMigration:
    """Migrate a file's content in memory. Failures are part of the result.

    Args:
        path: the file.
        data: its content.
        settings: the project's settings.
    """
    from pkcodemods import migrate_bytes

    settings = settings or ToolSettings()
    result = migrate_bytes(data, path=settings.path_in_project(path), settings=settings.codemod)
    if result.outcome == UNTOUCHED and (problem := syntax_problem(data)) is not None:
        return failed(path, problem)
    return in_file(path, result)


def in_file(path: Path, result: BytesResult) -> FileMigration:
    """The result for a file, from the codemod's result for its bytes."""
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
    """Write the changed files; of files that change together all or none. Interruptions are delayed.

    Returns:
        The given results in their order, those that could not be written replaced by failures.
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
    """Write files that change together, while no other run writes beside them."""
    folders = [os.path.dirname(os.path.realpath(each.path)) for each in migrations]
    try:
        with locked(folders):
            for folder in set(folders):
                remove_leftovers(folder)
            return _write_locked(migrations)
    except OSError as error:  # of the lock
        return [failed(each.path, Problem(f"cannot be written: {strerror(error)}")) for each in migrations]


def _write_locked(migrations: Sequence[FileMigration]) -> list[FileMigration]:
    """Have all contents ready on the disk, and only then rename them: then little can fail any more."""
    staged: list[StagedContent] = []
    for number, migration in enumerate(migrations):
        try:
            staged.append(StagedContent(migration.path, migration.before, migration.after))
        except (OSError, FileChangedError) as error:
            for content in staged:
                content.discard()
            return _all_failed(migrations, number, _not_written(error), ())
    for number, content in enumerate(staged):
        try:
            content.commit()
        except (OSError, FileChangedError) as error:
            for rest in staged[number + 1 :]:
                rest.discard()
            written = [index for index in range(number) if staged[index].changes]
            return _all_failed(migrations, number, _not_written(error), written)
    return list(migrations)


def _all_failed(
    migrations: Sequence[FileMigration], culprit: int, problem: Problem, written: Collection[int]
) -> list[FileMigration]:
    """The results of files that change together, one of which could not be written.

    Args:
        migrations: the files.
        culprit: the index of that one.
        problem: what is wrong with it.
        written: the indices of those that have been written, and are restored.
    """
    reason = f"changes together with {migrations[culprit].path}, which {problem.message}"
    results = []
    for index, migration in enumerate(migrations):
        if index == culprit:
            results.append(failed(migration.path, problem))
        elif index in written:
            results.append(_undo(migration, reason))
        else:
            results.append(failed(migration.path, Problem(f"not written: it {reason}")))
    return results


def _undo(migration: FileMigration, reason: str) -> FileMigration:
    """Restore a file that was written before another one of its group failed."""
    try:
        replace_content(migration.path, migration.after, migration.before)
    except (OSError, FileChangedError):
        return failed(migration.path, Problem(f"was written, and cannot be restored, but {reason}"))
    return failed(migration.path, Problem(f"not written: it {reason}"))


def _not_written(error: OSError | FileChangedError) -> Problem:
    if isinstance(error, FileChangedError):
        return Problem("changed while it was being migrated; not written")
    return Problem(f"cannot be written: {strerror(error)}")


def write_migration(migration: FileMigration) -> FileMigration:
    """Write a file if it changes.

    Returns:
        The given result, or a failure if the file could not be written.
    """
    if not migration.changes:
        return migration
    (written,) = _write_together([migration])
    return written


def failed(path: Path, problem: Problem) -> FileMigration:
    """The result for a file that could not be processed."""
    return FileMigration(path, ERROR, problem=problem)


def strerror(error: OSError) -> str:
    """The message of an `OSError` without the file's name, which is printed before it anyway."""
    return error.strerror or str(error)

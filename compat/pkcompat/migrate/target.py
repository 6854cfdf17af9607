"""Migrating a target's module in memory, along with the files of its project that change with it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pkcompat.errors import PkcompatError
from pkcompat.migrate.problem import Problem
from pkcompat.migrate.project import ProjectMigration
from pkcompat.project import (
    Exclusion,
    ModuleLoader,
    ModuleLoadError,
    TargetError,
    find_sources,
    load_tool_settings,
    other_sources,
    parse_target,
    project_roots,
)


class MigratedTargetError(PkcompatError):
    """The codemod cannot process a target's module. The message says why."""


@dataclass(frozen=True, slots=True)
class MigratedSources:
    """The result of migrating a target's module.

    Attributes:
        outcome: the codemod's outcome, such as `rewritten`.
        sources: the new sources of changed files, by path.
        left: messages about other files that `pkcompat migrate` would read and cannot process.
    """

    outcome: str
    sources: Mapping[Path, bytes]
    left: tuple[str, ...] = ()


def migrated_sources(text: str, beside: Iterable[str] = ()) -> MigratedSources:
    """Migrate a target's module in memory, as `pkcompat migrate` would with all files of the project.

    Args:
        text: the target.
        beside: targets of parties that run beside it; their modules are migrated, too.

    Raises:
        TargetError: the target is invalid.
        ModuleLoadError: there is no such module, or a package around it raised an exception.
        MigratedTargetError: the codemod cannot process it.
        ToolSettingsError: the settings of its project cannot be used.
    """
    file = _file(text)
    settings = load_tool_settings([file]).around(project_roots([file]))
    exclusions = [Exclusion(settings.exclude, settings.folder)]
    named = [file, *find_sources(_files_beside(file, beside), exclusions)]
    project = ProjectMigration(named, settings, others=other_sources(named, named, exclusions))
    own, *rest = project.in_all_files(project.migrate_all())
    if own.problem is not None:
        raise MigratedTargetError(_located(own.path, own.problem))
    left = tuple(
        f"{_located(each.path, each.problem)}; it stays as it is"
        for each in rest
        if each.problem is not None and (each.before or each.path in named)
    )
    changed = [own, *(migration for migration in rest if migration.changes)]
    return MigratedSources(own.outcome, {each.path.resolve(): each.after for each in changed}, left)


def _file(text: str) -> Path:
    target = parse_target(text)
    return target.file if target.file is not None else ModuleLoader().file_of(target.module)


def _files_beside(own: Path, targets: Iterable[str]) -> Iterator[Path]:
    """The files of other targets; invalid targets are reported later, when they are imported."""
    seen = {own.resolve()}
    for text in targets:
        with contextlib.suppress(TargetError, ModuleLoadError):
            file = _file(text)
            if file.is_file() and file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _located(path: Path, problem: Problem) -> str:
    place = f"{path}:{problem.line}" if problem.line is not None else str(path)
    return f"{place}: {problem.message}"

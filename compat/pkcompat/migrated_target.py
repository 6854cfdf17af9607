"""What the codemod makes of a target's module, and of what else of its project changes, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pkcompat.errors import PkcompatError
from pkcompat.ignore_rules import Exclusion
from pkcompat.migration_run import ProjectMigration
from pkcompat.module_loading import ModuleLoader
from pkcompat.project_root import other_sources, project_roots
from pkcompat.targets import parse_target
from pkcompat.tool_settings import load_tool_settings


class MigratedTargetError(PkcompatError):
    """The codemod cannot process a target's module. The message says why."""


@dataclass(frozen=True, slots=True)
class MigratedSources:
    """What became of a target's module.

    Attributes:
        outcome: the codemod's outcome, such as `rewritten`.
        sources: the code that takes the place of what is in files, by their paths.
    """

    outcome: str
    sources: Mapping[Path, bytes]


def migrated_sources(text: str) -> MigratedSources:
    """Migrate a target's module in memory, as `pkcompat migrate` would with all files of the project.

    Raises:
        TargetError: the target is none.
        ModuleLoadError: there is no such module, or a package that it lies in raised.
        MigratedTargetError: the codemod cannot process it.
        ToolSettingsError: the settings of its project cannot be used.
    """
    target = parse_target(text)
    file = target.file if target.file is not None else ModuleLoader().file_of(target.module)
    settings = load_tool_settings([file]).around(project_roots([file]))
    exclusions = [Exclusion(settings.exclude, settings.folder)]
    others = other_sources([file], [file], exclusions)
    project = ProjectMigration([file], settings, others=others)
    own, *rest = project.in_all_files(project.migrate_all())
    if (problem := own.problem) is not None:
        place = f"{file}:{problem.line}" if problem.line is not None else str(file)
        raise MigratedTargetError(f"{place}: {problem.message}")
    changed = [own, *(migration for migration in rest if migration.changes)]
    return MigratedSources(own.outcome, {each.path.resolve(): each.after for each in changed})

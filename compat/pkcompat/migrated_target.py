"""What the codemod makes of a target's module, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pkcompat.errors import PkcompatError
from pkcompat.file_migration import migrate_file
from pkcompat.module_loading import ModuleLoader
from pkcompat.targets import parse_target


class MigratedTargetError(PkcompatError):
    """The codemod cannot process a target's module. The message says why."""


@dataclass(frozen=True, slots=True)
class MigratedSources:
    """What became of a target's module.

    Attributes:
        outcome: the codemod's outcome, such as `rewritten`.
        sources: the code that takes the place of what is in the file, by the file's path.
    """

    outcome: str
    sources: Mapping[Path, bytes]


def migrated_sources(text: str) -> MigratedSources:
    """Migrate a target's module in memory.

    Raises:
        TargetError: the target is none.
        ModuleLoadError: there is no such module, or a package that it lies in raised.
        MigratedTargetError: the codemod cannot process it.
    """
    target = parse_target(text)
    file = target.file if target.file is not None else ModuleLoader().file_of(target.module)
    migration = migrate_file(file)
    if (problem := migration.problem) is not None:
        place = f"{file}:{problem.line}" if problem.line is not None else str(file)
        raise MigratedTargetError(f"{place}: {problem.message}")
    return MigratedSources(migration.outcome, {file.resolve(): migration.after})

"""Migrates the files of a project together, so that helpers change with the parties that call them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pkcodemods.findings import bug
from pkcodemods.project_groups import Group, independent_groups, joined_groups, touched_by
from pkcodemods.result import BytesResult, Outcome
from pkcodemods.settings import DEFAULT_SETTINGS, Settings
from pkcodemods.sniffing import may_hold_party
from pkcodemods.source import ProjectFiles, SourceFile

GroupResult = dict[int, BytesResult]
"""The results for files, by their places in the project."""

Each = Callable[[Callable[[Group], GroupResult], Sequence[Group]], Iterable[GroupResult]]
"""Calls a function with each of several groups, and gives the results in their order."""


def migrate_project(
    files: Sequence[SourceFile], *, settings: Settings = DEFAULT_SETTINGS, rewrites: bool = True
) -> list[BytesResult]:
    """Rewrite the parties of a project's files.

    Helpers in other files are moved to the new names with the parties that call them; a handler that other
    files import stays a function; where they read an export as an object they are pointed to it. Files that
    neither hold a party nor have to do with one are not parsed.

    Args:
        files: the files.
        settings: what the user chose.
        rewrites: whether they are rewritten, or only reported.

    Returns:
        What became of each, in their order.
    """
    holders = [i for i, file in enumerate(files) if may_hold_party(file.data, settings.import_roots)]
    groups = migrate_holders(ProjectFiles(files), holders, settings=settings, rewrites=rewrites)
    found = {index: result for group in groups.values() for index, result in group.items()}
    return [
        found.get(index) or BytesResult(Outcome.UNTOUCHED, file.data, file.data)
        for index, file in enumerate(files)
    ]


def migrate_holders(
    project: ProjectFiles,
    holders: Iterable[int],
    *,
    settings: Settings = DEFAULT_SETTINGS,
    rewrites: bool = True,
    each: Each = map,
    wanted: Collection[int] | None = None,
) -> dict[Group, GroupResult]:
    """Rewrite the parties of those of a project's files that may hold some; see `migrate_project`.

    Args:
        project: the files; one that has nothing to do with a party is not even read.
        holders: the places of those that may hold a party.
        settings: what the user chose.
        rewrites: whether they are rewritten, or only reported.
        each: how to call a function with each of several groups of parties that have nothing to do with each
            other: one after another like `map`, or in several processes.
        wanted: the places of the files that matter; all by default. Groups that have nothing to do with them
            are passed over.

    Returns:
        What became of the files that were read for each group of parties; a file may be in several of them,
        which make the same of it.
    """
    migrate_group = MigrateGroup(project, settings, rewrites)
    results: dict[Group, GroupResult] = {}
    groups = independent_groups(project, holders, settings.import_roots)
    matter = None if wanted is None else _Mattering(project, wanted)
    while new := [g for g in groups if g not in results and (matter is None or matter.includes(g))]:
        results |= zip(new, each(migrate_group, new), strict=True)
        results = {group: results[group] for group in groups if group in results}
        groups = joined_groups(groups, _conflicts(results))
        if matter is not None:
            matter.add(
                index for made in results.values() for index, result in made.items() if _changes(result)
            )
    return {group: results[group] for group in groups if group in results}


def _changes(result: BytesResult) -> bool:
    return result.before != result.data


class _Mattering:
    """Knows which groups have to do with files that matter."""

    def __init__(self, project: ProjectFiles, wanted: Collection[int]) -> None:
        self._project = project
        self._wanted = set(wanted)
        self._touched: dict[Group, frozenset[int]] = {}

    def includes(self, group: Group) -> bool:
        """Whether a group has to do with one of them."""
        if group not in self._touched:
            self._touched[group] = touched_by(self._project, group)
        return not self._touched[group].isdisjoint(self._wanted)

    def add(self, more: Iterable[int]) -> None:
        """Add files that matter."""
        self._wanted.update(more)


def _conflicts(results: Mapping[Group, GroupResult]) -> Iterator[tuple[Group, Group]]:
    """Pairs of groups that make different things of one file: they belong together after all."""
    first: dict[int, Group] = {}
    for group, result in results.items():
        for index, made in result.items():
            other = first.setdefault(index, group)
            if results[other][index].data != made.data:
                yield other, group


@dataclass(frozen=True, slots=True)
class MigrateGroup:
    """Migrates groups of parties that share code; LibCST is imported with the first of them.

    Attributes:
        project: all files of the project.
        settings: what the user chose.
        rewrites: whether files are rewritten, or only reported.
    """

    project: ProjectFiles
    settings: Settings
    rewrites: bool

    def __call__(self, group: Group) -> GroupResult:
        """What becomes of the files of a group, and of those that have to do with it, by their places."""
        from pkcodemods.group_migration import GroupMigration

        try:
            return GroupMigration(self.project, self.settings, rewrites=self.rewrites).migrate(group)
        except Exception as error:  # it costs this group alone
            return {index: _broken(self.project.files[index], error) for index in group}


def _broken(file: SourceFile, error: Exception) -> BytesResult:
    try:
        data = file.data
    except OSError:
        data = b""
    return BytesResult(Outcome.ERROR, data, data, findings=(bug(error),))

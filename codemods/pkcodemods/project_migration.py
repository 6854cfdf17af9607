"""Migrating the files of a project together, so that they know each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pkcodemods.errors import SourceError
from pkcodemods.isolated_migration import TOO_DEEP
from pkcodemods.migration import DEFAULT_SETTINGS, failed, migrate_modules, migrate_source, scan_source
from pkcodemods.nesting import is_deeply_nested
from pkcodemods.parsing import parse
from pkcodemods.program import SourceModule
from pkcodemods.project_files import ModuleName, ProjectFiles, SourceFile
from pkcodemods.project_groups import Group, independent_groups, joined_groups
from pkcodemods.result import BytesResult, MigrationResult, Outcome
from pkcodemods.settings import Settings
from pkcodemods.sniffing import may_hold_party
from pkcodemods.source_encoding import decode, encode

GroupResult = dict[int, BytesResult]
"""What became of files, by their places in the project."""

Each = Callable[[Callable[[Group], GroupResult], Sequence[Group]], Iterable[GroupResult]]
"""Calls a function with each of several groups, and gives the results in their order."""


@dataclass(slots=True)
class _Parsed:
    module: SourceModule
    source: str
    encoding: str


def migrate_project(
    files: Sequence[SourceFile],
    *,
    settings: Settings = DEFAULT_SETTINGS,
    rewrites: bool = True,
    holders: Iterable[int] | None = None,
    each: Each = map,
) -> list[BytesResult]:
    """Rewrite the parties of a project's files.

    Helpers in other files are moved to the new names with the parties that call them; a handler that other
    files import stays a function; where they read an export as an object they are pointed to it. Files that
    neither hold a party nor have to do with one are not parsed.

    Args:
        files: the files.
        settings: what the user chose.
        rewrites: whether they are rewritten, or only told of.
        holders: the places of the files that may hold a party, where that is known (see `may_hold_party`).
        each: how to call a function with each of several groups of parties that have nothing to do with each
            other: one after another like `map`, or in several processes.

    Returns:
        What became of each, in their order.
    """
    project = ProjectFiles(files)
    if holders is None:
        holders = [i for i, file in enumerate(files) if may_hold_party(file.data, settings.import_roots)]
    migration = GroupMigration(project, settings, rewrites=rewrites)
    results: dict[Group, GroupResult] = {}
    groups = independent_groups(project, holders)
    while new := [group for group in groups if group not in results]:
        results |= zip(new, each(migration, new), strict=True)
        results = {group: results[group] for group in groups}
        groups = joined_groups(groups, _conflicts(results))
    found = {index: result for group in results.values() for index, result in group.items()}
    untouched = (BytesResult(Outcome.UNTOUCHED, file.data) for file in files)
    return [found.get(index, result) for index, result in enumerate(untouched)]


def _conflicts(results: Mapping[Group, GroupResult]) -> Iterator[tuple[Group, Group]]:
    """Pairs of groups that make different things of one file: they belong together after all."""
    first: dict[int, Group] = {}
    for group, result in results.items():
        for index, made in result.items():
            other = first.setdefault(index, group)
            if results[other][index].data != made.data:
                yield other, group


class GroupMigration:
    """Migrates groups of parties that know each other."""

    def __init__(self, project: ProjectFiles, settings: Settings, *, rewrites: bool) -> None:
        """Prepare to migrate.

        Args:
            project: all files of the project.
            settings: what the user chose.
            rewrites: whether files are rewritten, or only told of.
        """
        self._project = project
        self._settings = settings
        self._rewrites = rewrites

    def __call__(self, group: Group) -> GroupResult:
        """What becomes of the files of a group, and of those that have to do with it, by their places."""
        reading = _Reading(self._project, self._settings, self._rewrites)
        for index in group:
            reading.read(index)
        reading.read_helpers()
        reading.read_importers(group)
        while True:
            order = sorted(reading.parsed)
            migrated = self._migrate([reading.parsed[index] for index in order])
            moved = [
                index
                for index, result in zip(order, migrated, strict=True)
                if not result.parties and result.outcome in (Outcome.REWRITTEN, Outcome.RESIDUE)
            ]
            reading.read_importers(moved)  # what else they are called with matters
            if sorted(reading.parsed) == order:
                break
        files = self._project.files
        for index, result in zip(order, migrated, strict=True):
            reading.results[index] = _in_bytes(result, files[index], reading.parsed[index])
        return reading.results

    def _migrate(self, parsed: Sequence[_Parsed]) -> list[MigrationResult]:
        sources = [each.source for each in parsed]
        try:
            modules = [each.module for each in parsed]
            return migrate_modules(modules, sources, self._settings, rewrites=self._rewrites)
        except RecursionError:
            return [failed(source, SourceError(TOO_DEEP)) for source in sources]


class _Reading:
    """Reads those of a project's files that have to do with a group of parties.

    Attributes:
        parsed: the files that are read, by their places.
        results: what became of those that cannot be read along with the others.
    """

    def __init__(self, project: ProjectFiles, settings: Settings, rewrites: bool) -> None:
        self._project = project
        self._settings = settings
        self._rewrites = rewrites
        self.parsed: dict[int, _Parsed] = {}
        self.results: dict[int, BytesResult] = {}

    def read(self, index: int) -> bool:
        """Read a file, unless it is read already.

        Returns:
            Whether it was read now.
        """
        if index in self.parsed or index in self.results:
            return False
        found = _parse(self._project.files[index], self._project.names[index], self._settings, self._rewrites)
        if isinstance(found, _Parsed):
            self.parsed[index] = found
            return True
        self.results[index] = found
        return False

    def read_helpers(self) -> None:
        """Read what the modules import that are read already, and what that imports, and so on."""
        waiting = list(self.parsed)
        while waiting:
            imported = sorted(self._project.imported_by(waiting.pop()))
            waiting += [index for index in imported if self.read(index)]

    def read_importers(self, indices: Iterable[int]) -> None:
        """Read the files that import one of several modules, be it through packages."""
        wanted = list(indices)
        while wanted:
            read = [index for index in self._project.importers(wanted) if self.read(index)]
            wanted = [index for index in read if self._project.names[index].is_package]


def _parse(file: SourceFile, name: ModuleName, settings: Settings, rewrites: bool) -> _Parsed | BytesResult:
    """The module of a file; or what became of it, where it cannot be read along with the others."""
    try:
        source, encoding = decode(file.data)
        if not is_deeply_nested(source):
            module = SourceModule(parse(source), name=name.dotted, path=file.path, is_package=name.is_package)
            return _Parsed(module, source, encoding)
    except (SourceError, RecursionError) as error:
        known = error if isinstance(error, SourceError) else SourceError(TOO_DEEP)
        result = failed("", known)
        return BytesResult(result.outcome, file.data, findings=result.findings)
    migrate = migrate_source if rewrites else scan_source
    alone = migrate(source, path=file.path, settings=settings)
    data = file.data if alone.code == source else encode(alone.code, encoding)
    return BytesResult(alone.outcome, data, alone.parties, alone.findings)


def _in_bytes(result: MigrationResult, file: SourceFile, parsed: _Parsed) -> BytesResult:
    new = file.data if result.code == parsed.source else encode(result.code, parsed.encoding)
    return BytesResult(result.outcome, new, result.parties, result.findings)

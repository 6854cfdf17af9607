"""Migrates a group of parties that share code, and the files related to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pkcodemods.deciding import class_name_for, class_names
from pkcodemods.errors import TOO_DEEP, SourceError
from pkcodemods.findings import bug, unreadable
from pkcodemods.migration import has_certain_party, migrate_together
from pkcodemods.project_groups import Group
from pkcodemods.result import BytesResult, MigrationResult, Outcome
from pkcodemods.settings import Settings
from pkcodemods.single_source import migrate_source, scan_source
from pkcodemods.sniffing import shows_party
from pkcodemods.source import (
    ModuleName,
    ProjectFiles,
    SourceFile,
    SourceModule,
    as_read,
    decode_to_rewrite,
    encode,
    is_deeply_nested,
    parse,
)


@dataclass(slots=True)
class _Parsed:
    module: SourceModule
    source: str
    encoding: str


class GroupMigration:
    """Migrates groups of parties that share code.

    Args:
        project: all files of the project.
        settings: what the user chose.
        rewrites: whether files are rewritten, or only reported.
    """

    def __init__(self, project: ProjectFiles, settings: Settings, *, rewrites: bool) -> None:
        self._project = project
        self._settings = settings
        self._rewrites = rewrites

    def migrate(self, group: Group) -> dict[int, BytesResult]:
        """The results for the files of a group and for those related to it, by their places."""
        reading = _Reading(self._project, self._settings, self._rewrites)
        for index in group:
            reading.read(index)
        if not self._has_certain_party(reading):
            order = sorted(reading.parsed)
            return reading.results | self._results(reading, order, self._migrated(reading, order))
        reading.read_helpers()
        reading.read_importers(group)
        reading.read_star_sources(group)
        while True:
            order = sorted(reading.parsed)
            migrated = self._migrated(reading, order)
            moved = [
                index
                for index, result in zip(order, migrated, strict=True)
                if result.outcome in (Outcome.REWRITTEN, Outcome.RESIDUE, Outcome.WRAPPED)
            ]
            reading.read_importers(moved)  # what else uses them, and what they are called with, matters
            reading.read_star_sources(group)
            if sorted(reading.parsed) == order:
                break
        return reading.results | self._results(reading, order, migrated)

    def _has_certain_party(self, reading: _Reading) -> bool:
        """Whether other files matter: most with a mere handler's name have nothing to do with PartyKit."""
        roots = self._settings.import_roots
        if any(shows_party(self._project.files[index].data, roots) for index in reading.parsed):
            return True
        return has_certain_party([each.module for each in reading.parsed.values()], self._settings)

    def _results(
        self, reading: _Reading, order: Sequence[int], migrated: Sequence[MigrationResult]
    ) -> dict[int, BytesResult]:
        files, results = self._project.files, {}
        for index, result in zip(order, migrated, strict=True):
            parsed = reading.parsed[index]
            try:
                results[index] = _in_bytes(result, files[index], parsed.source, parsed.encoding)
            except SourceError as error:  # what changes along with it must stay, too
                place = SourceError(f"{files[index].path}: {error.reason}", error.line)
                return {
                    other: BytesResult(
                        Outcome.ERROR, files[other].data, files[other].data, findings=(unreadable(place),)
                    )
                    for other in order
                }
        return results

    def _migrated(self, reading: _Reading, order: Sequence[int]) -> list[MigrationResult]:
        parsed = [reading.parsed[index] for index in order]
        modules, sources = [each.module for each in parsed], [each.source for each in parsed]
        return migrate_together(modules, sources, self._settings, rewrites=self._rewrites)


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

    def read_star_sources(self, group: Group) -> None:
        """Read the other sources of `*` imports where one brings the names of a group's modules.

        Only their names matter: a new class must not have one of them.

        Args:
            group: the places of the modules.
        """
        names: set[str] = set()
        for module in (self.parsed[index].module for index in group if index in self.parsed):
            names.update(class_names((), module.path, self._settings.party_name(module.path)))
            names.update(class_name_for(name) for name in module.scope.bindings)
        pattern = rf"(?<!\w)(?:{'|'.join(sorted(names))})(?!\w)|import\s*\*"
        waiting = list(self.parsed)
        while waiting:
            index = waiting.pop()
            if index not in self.parsed or not self.parsed[index].module.star_imports:
                continue
            for source in sorted(self._project.imported_by(index) - self.parsed.keys()):
                if self._holds(source, pattern) and self.read(source):
                    waiting.append(source)

    def _holds(self, index: int, pattern: str) -> bool:
        try:
            data = as_read(self._project.files[index].data)
            return re.search(pattern, data.decode(errors="replace")) is not None
        except OSError:
            return False


def _parse(file: SourceFile, name: ModuleName, settings: Settings, rewrites: bool) -> _Parsed | BytesResult:
    """The module of a file; or what became of it, where it cannot be read along with the others."""
    try:
        data = file.data
    except OSError as error:
        reason = SourceError(error.strerror or str(error))
        return BytesResult(Outcome.ERROR, b"", b"", findings=(unreadable(reason),))
    try:
        source, encoding = decode_to_rewrite(data)
        if not is_deeply_nested(source):
            module = SourceModule(parse(source), name=name.dotted, path=file.path, is_package=name.is_package)
            return _Parsed(module, source, encoding)
    except (SourceError, RecursionError) as error:
        known = error if isinstance(error, SourceError) else SourceError(TOO_DEEP)
        return BytesResult(Outcome.ERROR, data, data, findings=(unreadable(known),))
    except Exception as error:
        return BytesResult(Outcome.ERROR, data, data, findings=(bug(error),))
    migrate = migrate_source if rewrites else scan_source
    alone = migrate(source, path=file.path, settings=settings)
    try:
        return _in_bytes(alone, file, source, encoding)
    except SourceError as error:
        return BytesResult(Outcome.ERROR, data, data, findings=(unreadable(error),))


def _in_bytes(result: MigrationResult, file: SourceFile, source: str, encoding: str) -> BytesResult:
    new = file.data if result.code == source else encode(result.code, encoding)
    return BytesResult(result.outcome, file.data, new, result.parties, result.findings)

"""Migrating the files of a project together, so that they know each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import libcst as cst

from pkcodemods.errors import SourceError
from pkcodemods.isolated_migration import TOO_DEEP
from pkcodemods.migration import DEFAULT_SETTINGS, failed, migrate_modules, migrate_source, scan_source
from pkcodemods.nesting import is_deeply_nested
from pkcodemods.parsing import parse
from pkcodemods.program import SourceModule, dotted_name
from pkcodemods.result import BytesResult, MigrationResult, Outcome
from pkcodemods.settings import Settings
from pkcodemods.sniffing import may_hold_party
from pkcodemods.source_encoding import decode, encode


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a project.

    Attributes:
        path: where it is, with slashes; the modules are known to each other by it.
        data: its bytes.
    """

    path: str
    data: bytes


@dataclass(slots=True)
class _Parsed:
    module: SourceModule
    source: str
    encoding: str


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
        rewrites: whether they are rewritten, or only told of.

    Returns:
        What became of each, in their order.
    """
    project = _Project(files, settings, rewrites)
    holders = [i for i, file in enumerate(files) if may_hold_party(file.data, settings.import_roots)]
    for index in holders:
        project.read(index)
    project.read_helpers()
    project.read_importers([project.names[index] for index in holders if index in project.parsed])
    while True:
        order = sorted(project.parsed)
        migrated = _migrate([project.parsed[index] for index in order], settings, rewrites=rewrites)
        moved = [
            project.names[index]
            for index, result in zip(order, migrated, strict=True)
            if not result.parties and result.outcome in (Outcome.REWRITTEN, Outcome.RESIDUE)
        ]
        project.read_importers(moved)  # what else they are called with matters
        if sorted(project.parsed) == order:
            break
    for index, result in zip(order, migrated, strict=True):
        project.results[index] = _in_bytes(result, files[index], project.parsed[index])
    untouched = (BytesResult(Outcome.UNTOUCHED, file.data) for file in files)
    return [project.results.get(index, result) for index, result in enumerate(untouched)]


class _Project:
    """Reads those of a project's files that have to do with parties.

    Attributes:
        names: the module name of each file, and whether it is a package's.
        parsed: the files that are read, by their places.
        results: what became of those that cannot be read along with the others.
    """

    def __init__(self, files: Sequence[SourceFile], settings: Settings, rewrites: bool) -> None:
        self._files = files
        self._settings = settings
        self._rewrites = rewrites
        self.names = _module_names([file.path for file in files])
        self.parsed: dict[int, _Parsed] = {}
        self.results: dict[int, BytesResult] = {}

    def read(self, index: int) -> bool:
        """Read a file, unless it is read already.

        Returns:
            Whether it was read now.
        """
        if index in self.parsed or index in self.results:
            return False
        found = _parse(self._files[index], self.names[index], self._settings, self._rewrites)
        if isinstance(found, _Parsed):
            self.parsed[index] = found
            return True
        self.results[index] = found
        return False

    def read_helpers(self) -> None:
        """Read what the modules import that are read already, and what that imports, and so on."""
        by_last: dict[str, list[int]] = {}
        for index, (name, _) in enumerate(self.names):
            by_last.setdefault(name.rpartition(".")[2], []).append(index)
        waiting = list(self.parsed)
        while waiting:
            module = self.parsed[waiting.pop()].module
            for last in _imported_names(module):
                waiting += [index for index in by_last.get(last, ()) if self.read(index)]

    def read_importers(self, names: Iterable[tuple[str, bool]]) -> None:
        """Read the files that import one of several modules, be it through packages."""
        wanted = list(names)
        while wanted:
            read = [index for index in _importers(self._files, wanted) if self.read(index)]
            wanted = [self.names[index] for index in read if self.names[index][1]]


def _migrate(parsed: Sequence[_Parsed], settings: Settings, *, rewrites: bool) -> list[MigrationResult]:
    sources = [each.source for each in parsed]
    try:
        return migrate_modules([each.module for each in parsed], sources, settings, rewrites=rewrites)
    except RecursionError:
        return [failed(source, SourceError(TOO_DEEP)) for source in sources]


def _parse(
    file: SourceFile, name: tuple[str, bool], settings: Settings, rewrites: bool
) -> _Parsed | BytesResult:
    """The module of a file; or what became of it, where it cannot be read along with the others."""
    try:
        source, encoding = decode(file.data)
        if not is_deeply_nested(source):
            module = SourceModule(parse(source), name=name[0], path=file.path, is_package=name[1])
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


# names


def _module_names(paths: Sequence[str]) -> list[tuple[str, bool]]:
    """A dotted name for each path, out of all its folders, and whether it is a package's."""
    names = []
    for path in paths:
        parts = PurePath(path.replace("\\", "/")).with_suffix("").parts
        own = [part.replace(".", "_") for part in parts if part not in ("/", ".")]
        is_package = len(own) > 1 and own[-1] == "__init__"
        names.append((".".join(own[:-1] if is_package else own), is_package))
    return names


# which files have to do with parties


def _imported_names(module: SourceModule) -> set[str]:
    """Every word of the imports of a module: whatever they name is one of them."""
    words: set[str] = set()
    for node in module.nodes:
        if isinstance(node, cst.ImportFrom):
            words.update((dotted_name(node.module) or "").split("."))
        if isinstance(node, (cst.Import, cst.ImportFrom)) and not isinstance(node.names, cst.ImportStar):
            for alias in node.names:
                words.update((dotted_name(alias.name) or "").split("."))
    return words - {""}


def _importers(files: Sequence[SourceFile], names: Iterable[tuple[str, bool]]) -> list[int]:
    """The files whose imports name one of several modules."""
    lasts = {name.rpartition(".")[2] for name, _ in names}
    if not lasts:
        return []
    words = "|".join(re.escape(last) for last in sorted(lasts))
    pattern = re.compile(
        rf"^[^\S\n]*(?:from|import)\b[^\n]*\b(?:{words})\b|^[^\S\n]*(?:{words})\b".encode(), re.M
    )
    return [index for index, file in enumerate(files) if b"import" in file.data and pattern.search(file.data)]

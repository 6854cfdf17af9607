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
    results: dict[int, BytesResult] = {}
    parsed: dict[int, _Parsed] = {}
    names = _module_names([file.path for file in files])

    def read(index: int) -> None:
        if index in parsed or index in results:
            return
        found = _parse(files[index], names[index], settings, rewrites)
        if isinstance(found, _Parsed):
            parsed[index] = found
        else:
            results[index] = found

    for index, file in enumerate(files):
        if may_hold_party(file.data, settings.import_roots):
            read(index)
    holders = sorted(parsed)
    _read_helpers(files, names, parsed, read)
    imported = [names[index] for index in holders]
    while imported:
        importers = [i for i in _importers(files, imported) if i not in parsed and i not in results]
        for index in importers:
            read(index)
        imported = [names[i] for i in importers if names[i][1]]  # packages hand on what they import
    while True:
        order = sorted(parsed)
        migrated = _migrate([parsed[index] for index in order], settings, rewrites=rewrites)
        moved = [
            names[index]
            for index, result in zip(order, migrated, strict=True)
            if not result.parties and result.outcome in (Outcome.REWRITTEN, Outcome.RESIDUE)
        ]
        for index in _importers(files, moved):  # what else they are called with matters
            read(index)
        if sorted(parsed) == order:
            break
    for index, result in zip(order, migrated, strict=True):
        results[index] = _in_bytes(result, files[index], parsed[index])
    return [results.get(i) or BytesResult(Outcome.UNTOUCHED, file.data) for i, file in enumerate(files)]


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


def _read_helpers(
    files: Sequence[SourceFile],
    names: Sequence[tuple[str, bool]],
    parsed: dict[int, _Parsed],
    read: object,
) -> None:
    """Read what the modules import that are read already, and what that imports, and so on."""
    by_last: dict[str, list[int]] = {}
    for index, (name, _) in enumerate(names):
        by_last.setdefault(name.rpartition(".")[2], []).append(index)
    assert callable(read)
    waiting = list(parsed)
    seen = set(waiting)
    while waiting:
        module = parsed[waiting.pop()].module
        for last in _imported_names(module):
            for index in by_last.get(last, ()):
                if index in seen:
                    continue
                seen.add(index)
                read(index)
                if index in parsed:
                    waiting.append(index)


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

"""The codemod over many files: it reads those that have to do with a party, in several processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from pkcodemods.errors import SourceError
from pkcodemods.findings import unreadable
from pkcodemods.imported_names import imported_names
from pkcodemods.project_files import SourceFile
from pkcodemods.project_groups import Group
from pkcodemods.project_migration import GroupResult, migrate_holders
from pkcodemods.result import BytesResult, Outcome
from pkcodemods.sniffing import may_hold_party
from pkcompat.clean_files import CleanFiles, Stamp, stamp_of
from pkcompat.file_migration import UNTOUCHED, FileMigration, failed, in_file, strerror
from pkcompat.problem import Problem
from pkcompat.syntax_check import syntax_problem
from pkcompat.tool_settings import ToolSettings
from pkcompat.worker_pool import Died, share_out

T = TypeVar("T")
R = TypeVar("R")

Progress = Callable[[int], None]
"""Called with a number of files that are done."""

_LOOKED_AT_ONCE = 50
_WORTH_PROCESSES = 6  # batches or groups; with fewer, starting processes takes longer than they save
_DEATH = "the process that read it died; the code may be nested too deeply, or memory may be short"


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a file showed.

    Attributes:
        path: the file.
        stamp: what it had before it was read.
        holder: its content, if it can hold a party.
        names: what it imports.
        problem: why it is no Python source, if it is none.
    """

    path: Path
    stamp: Stamp = (0, 0, 0)
    holder: bytes | None = None
    names: frozenset[str] = frozenset()
    problem: Problem | None = None


def migrate_files(
    paths: Sequence[Path],
    settings: ToolSettings,
    *,
    jobs: int = 1,
    clean_files: CleanFiles | None = None,
    progress: Progress = lambda done: None,
) -> list[FileMigration]:
    """Migrate the files of a project in memory; nothing is written.

    Args:
        paths: the files.
        settings: what the project chose.
        jobs: how many processes may work at a time; none is started where there is little to do.
        clean_files: what earlier runs found; what this one finds is added.
        progress: told of files that are done.

    Returns:
        What became of each file, in their order. What goes wrong with one is in its result.
    """
    looks = _look_at_all(paths, settings, jobs, clean_files or CleanFiles(None), progress)
    done = [
        failed(look.path, look.problem) if look.problem else FileMigration(look.path, UNTOUCHED)
        for look in looks
    ]
    files = [
        SourceFile(settings.path_in_project(look.path), look.holder or look.path.read_bytes, look.names)
        for look in looks
    ]
    holders = [index for index, look in enumerate(looks) if look.holder is not None]
    each = partial(_each_group, files, jobs, progress)
    for index, result in migrate_holders(files, holders, settings=settings.codemod, each=each).items():
        done[index] = in_file(paths[index], result)
    return done


# the first look


def _look_at_all(
    paths: Sequence[Path], settings: ToolSettings, jobs: int, clean_files: CleanFiles, progress: Progress
) -> list[Look]:
    """Look at files, those that are known to be clean apart."""
    looks = {path: look for path in paths if (look := _known(path, clean_files)) is not None}
    progress(len(looks))
    unknown = [path for path in paths if path not in looks]
    batches = [unknown[start : start + _LOOKED_AT_ONCE] for start in range(0, len(unknown), _LOOKED_AT_ONCE)]
    for batch, found in _each(partial(_look_at, settings), batches, jobs):
        if isinstance(found, Died):
            found = [Look(path, problem=Problem(_DEATH)) for path in batch]
        for look in found:
            looks[look.path] = look
            if look.holder is None and look.problem is None:
                clean_files.add(os.path.abspath(look.path), look.stamp, look.names)
        progress(sum(look.holder is None for look in found))
    return [looks[path] for path in paths]


def _known(path: Path, clean_files: CleanFiles) -> Look | None:
    try:
        stamp = stamp_of(path)
    except OSError:
        return None
    names = clean_files.known(os.path.abspath(path), stamp)
    return None if names is None else Look(path, stamp, names=names)


def _look_at(settings: ToolSettings, paths: Sequence[Path]) -> list[Look]:
    return [_look(settings, path) for path in paths]


def _look(settings: ToolSettings, path: Path) -> Look:
    try:
        stamp = stamp_of(path)
        data = path.read_bytes()
    except OSError as error:
        return Look(path, problem=Problem(strerror(error)))
    names = imported_names(data)
    if may_hold_party(data, settings.codemod.import_roots):
        return Look(path, stamp, data, names)
    return Look(path, stamp, names=names, problem=syntax_problem(data))


# the parties


def _each_group(
    files: Sequence[SourceFile],
    jobs: int,
    progress: Progress,
    migrate_group: Callable[[Group], GroupResult],
    groups: Sequence[Group],
) -> Iterator[GroupResult]:
    """What becomes of each group, in their order; of one over which a process died, that."""
    results: dict[Group, GroupResult] = {}
    for group, result in _each(migrate_group, groups, jobs):
        if isinstance(result, Died):
            findings = (unreadable(SourceError(_DEATH)),)
            result = {
                index: BytesResult(Outcome.ERROR, files[index].data, files[index].data, findings=findings)
                for index in group
            }
        results[group] = result
        progress(len(group))
    return map(results.__getitem__, groups)


def _each(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[tuple[T, R | Died[T]]]:
    if jobs == 1 or len(items) < _WORTH_PROCESSES:
        return ((item, function(item)) for item in items)
    return share_out(function, items, jobs)

"""The codemod over many files: it parses those that can hold a party, in several processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from pkcodemods.sniffing import may_hold_party
from pkcompat.clean_files import CleanFiles, Stamp, stamp_of
from pkcompat.file_migration import UNTOUCHED, FileMigration, failed, migrate_data, strerror
from pkcompat.problem import Problem
from pkcompat.syntax_check import syntax_problem
from pkcompat.tool_settings import ToolSettings
from pkcompat.worker_pool import Died, share_out

T = TypeVar("T")
R = TypeVar("R")

Progress = Callable[[int], None]
"""Called with a number of files that are done."""

_LOOKED_AT_ONCE = 50
_WORTH_PROCESSES = 6  # batches or files; with fewer, starting processes takes longer than they save

_DEATH = Problem("the process that read it died; the code may be nested too deeply, or memory may be short")


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a file showed.

    Attributes:
        path: the file.
        stamp: what it had before it was read.
        candidate: its content, if it can hold a party.
        problem: why it is no Python source, if it is none.
    """

    path: Path
    stamp: Stamp = (0, 0, 0)
    candidate: bytes | None = None
    problem: Problem | None = None


def migrate_files(
    paths: Sequence[Path],
    settings: ToolSettings,
    *,
    jobs: int = 1,
    clean_files: CleanFiles | None = None,
    progress: Progress = lambda done: None,
) -> list[FileMigration]:
    """Migrate files in memory; nothing is written.

    Args:
        paths: the files.
        settings: what the project chose.
        jobs: how many processes may work at a time; none is started where there is little to do.
        clean_files: what earlier runs found; what this one finds is added.
        progress: told of files that are done.

    Returns:
        What became of each file, in their order. What goes wrong with one is in its result.
    """
    clean_files = clean_files or CleanFiles(None)
    done = {path: FileMigration(path, UNTOUCHED) for path in paths}
    candidates = []
    unknown = [path for path in paths if not _is_clean(path, clean_files)]
    progress(len(done) - len(unknown))
    for look in _looks(unknown, settings, jobs):
        if look.candidate is not None:
            candidates.append((look.path, look.candidate))
            continue
        if look.problem is not None:
            done[look.path] = failed(look.path, look.problem)
        else:
            clean_files.add(os.path.abspath(look.path), look.stamp)
        progress(1)
    for migration in _migrations(candidates, settings, jobs):
        done[migration.path] = migration
        progress(1)
    return list(done.values())


def _is_clean(path: Path, clean_files: CleanFiles) -> bool:
    try:
        return clean_files.knows(os.path.abspath(path), stamp_of(path))
    except OSError:
        return False


def _looks(paths: Sequence[Path], settings: ToolSettings, jobs: int) -> Iterator[Look]:
    batches = [paths[start : start + _LOOKED_AT_ONCE] for start in range(0, len(paths), _LOOKED_AT_ONCE)]
    for looks in _each(partial(_look_at, settings), batches, jobs):
        if isinstance(looks, Died):
            yield from (Look(path, problem=_DEATH) for path in looks.item)
        else:
            yield from looks


def _look_at(settings: ToolSettings, paths: Sequence[Path]) -> list[Look]:
    return [_look(settings, path) for path in paths]


def _look(settings: ToolSettings, path: Path) -> Look:
    try:
        stamp = stamp_of(path)
        data = path.read_bytes()
    except OSError as error:
        return Look(path, problem=Problem(strerror(error)))
    if may_hold_party(data, settings.codemod.import_roots):
        return Look(path, stamp, candidate=data)
    return Look(path, stamp, problem=syntax_problem(data))


def _migrations(
    candidates: Sequence[tuple[Path, bytes]], settings: ToolSettings, jobs: int
) -> Iterator[FileMigration]:
    for migration in _each(partial(_migrate, settings), candidates, jobs):
        if isinstance(migration, Died):
            yield failed(migration.item[0], _DEATH)
        else:
            yield migration


def _migrate(settings: ToolSettings, candidate: tuple[Path, bytes]) -> FileMigration:
    path, data = candidate
    return migrate_data(path, data, settings)


def _each(function: Callable[[T], R], items: Sequence[T], jobs: int) -> Iterator[R | Died[T]]:
    if jobs == 1 or len(items) < _WORTH_PROCESSES:
        return map(function, items)
    return share_out(function, items, jobs)

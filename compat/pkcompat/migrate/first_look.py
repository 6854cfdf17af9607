"""A first, cheap look at the files of a project: can they hold a party, and what do they import?"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pkcodemods.sniffing import may_hold_party
from pkcodemods.source import imported_names
from pkcompat.migrate.clean_cache import CleanFiles, Stamp, stamp_of
from pkcompat.migrate.file import strerror
from pkcompat.migrate.problem import Problem
from pkcompat.migrate.syntax_check import syntax_problem
from pkcompat.migrate.worker_pool import Died, each_shared, is_shared_out
from pkcompat.project import ToolSettings, read_source

Progress = Callable[[int], None]
"""Called with the number of files that were just finished."""

DEATH = "the process that read it died; the code may be nested too deeply, or memory may be short"
_LOOKED_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Look:
    """The result of a first look at a file.

    Attributes:
        path: the file.
        stamp: its stamp before it was read.
        holder: its content, if it can hold a party.
        names: the names that it imports.
        problem: why it is not Python source, if it is not.
    """

    path: Path
    stamp: Stamp = (0, 0, 0)
    holder: bytes | None = None
    names: frozenset[str] = frozenset()
    problem: Problem | None = None


def look_at_all(
    paths: Sequence[Path],
    settings: ToolSettings,
    jobs: int,
    clean_files: CleanFiles,
    progress: Progress,
    *,
    checks: bool = True,
    found_holder: Callable[[], None] = lambda: None,
) -> list[Look]:
    """Look at files, except for those that are known to be clean.

    Args:
        paths: the files.
        settings: the project's settings.
        jobs: the maximum number of processes.
        clean_files: the cache of clean files.
        progress: called as files are finished.
        checks: whether to check that the files are valid Python.
        found_holder: called when files can hold a party, while other processes may still look at others.
    """
    looks = {path: look for path in paths if (look := _known(path, clean_files)) is not None}
    progress(len(looks))
    unknown = [path for path in paths if path not in looks]
    batches = [unknown[start : start + _LOOKED_AT_ONCE] for start in range(0, len(unknown), _LOOKED_AT_ONCE)]
    for batch, found in each_shared(partial(_look_at, settings, checks), batches, jobs):
        if isinstance(found, Died):
            found = [Look(path, problem=Problem(DEATH)) for path in batch]
        for look in found:
            looks[look.path] = look
            if checks and look.holder is None and look.problem is None:
                clean_files.add(os.path.abspath(look.path), look.stamp, look.names)
        progress(sum(look.holder is None for look in found))
        if is_shared_out(batches, jobs) and any(look.holder is not None for look in found):
            found_holder()
    return [looks[path] for path in paths]


def _known(path: Path, clean_files: CleanFiles) -> Look | None:
    try:
        stamp = stamp_of(path)
    except OSError:
        return None
    names = clean_files.known(os.path.abspath(path), stamp)
    return None if names is None else Look(path, stamp, names=names)


def _look_at(settings: ToolSettings, checks: bool, paths: Sequence[Path]) -> list[Look]:
    return [_look(settings, path, checks=checks) for path in paths]


def _look(settings: ToolSettings, path: Path, *, checks: bool) -> Look:
    try:
        stamp = stamp_of(path)
        data = read_source(path)
    except OSError as error:
        return Look(path, problem=Problem(strerror(error)))
    return look_in(settings, path, data, stamp, checks=checks)


def look_in(
    settings: ToolSettings, path: Path, data: bytes, stamp: Stamp = (0, 0, 0), *, checks: bool = True
) -> Look:
    names = imported_names(data)
    if may_hold_party(data, settings.codemod.import_roots):
        return Look(path, stamp, data, names)
    return Look(path, stamp, names=names, problem=syntax_problem(data) if checks else None)

"""What `migrate` and `scan` look at: files under paths, or standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pkcompat.command.output import stderr_console
from pkcompat.command.progress import progress_bar
from pkcompat.migrate import FileMigration, ProjectMigration, SourceMigration, clean_files_of
from pkcompat.project import Exclusion, find_sources, load_tool_settings, other_sources, project_roots

_LONG_RUN = 100  # files; below that a bar would only flicker


def migrate_paths(
    paths: Sequence[Path], exclude: Sequence[str] | None, jobs: int | None, *, cache: bool
) -> list[FileMigration]:
    """What would become of the files under paths if all of their project were named; see `read_project`."""
    project = read_project(paths, exclude, jobs, cache=cache)
    return project.in_files(project.migrate_all())


def read_project(
    paths: Sequence[Path], exclude: Sequence[str] | None, jobs: int | None, *, cache: bool
) -> ProjectMigration:
    """The files under paths, migrated in memory a first time, as the project's settings say.

    The whole project that they lie in is read.

    Args:
        paths: files and folders.
        exclude: patterns of files to leave alone, besides those of the settings.
        jobs: how many processes may work at a time; as many as there are processors without a number.
        cache: whether to remember files without a party, and to use what is remembered.

    Raises:
        ToolSettingsError: the settings cannot be used.
        PatternError: a pattern of `exclude` is none.
    """
    settings = load_tool_settings(paths).around(project_roots(paths))
    exclusions = [Exclusion(settings.exclude, settings.folder), Exclusion(exclude or (), Path.cwd())]
    files = list(find_sources(paths, exclusions))
    others = other_sources(paths, files, exclusions)
    known = clean_files_of(settings.folder, settings.codemod.import_roots) if cache else None
    with _progress(len(files) + len(others)) as progress:
        project = ProjectMigration(
            files, settings, others=others, jobs=processes(jobs), clean_files=known, progress=progress
        )
        project.migrate_all()
    if known is not None:
        known.save()
    return project


def processes(jobs: int | None) -> int:
    """How many processes may work at a time: what `--jobs` says, or one a processor."""
    return jobs or os.cpu_count() or 1


def read_stdin(name: Path | None) -> SourceMigration | ProjectMigration:
    """What standard input holds, to be migrated, as the content of a file of its project where it has a name.

    Args:
        name: what to call it.

    Raises:
        ToolSettingsError: the settings cannot be used.
    """
    data = sys.stdin.buffer.read()
    if name is None:
        return SourceMigration(Path("<stdin>"), data, load_tool_settings([]))
    settings = load_tool_settings([name]).around(project_roots([name]))
    others = other_sources([name], [name], [Exclusion(settings.exclude, settings.folder)])
    return ProjectMigration([name], settings, others=others, contents={name: data})


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar over files, for long runs only."""
    if total < _LONG_RUN:
        yield lambda done: None
        return
    with progress_bar(stderr_console(), "reading", "files") as bar:
        bar.expect(total)
        yield bar.advance

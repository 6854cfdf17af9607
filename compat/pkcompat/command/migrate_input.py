"""The input of `migrate` and `scan`: files under paths, or standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pkcompat.command.output import stderr_console
from pkcompat.command.progress import progress_bar
from pkcompat.migrate import FileMigration, ProjectMigration, SourceMigration, clean_files_of, known_groups_of
from pkcompat.project import Exclusion, find_sources, load_tool_settings, other_sources, project_roots

_LONG_RUN = 100  # files; with fewer the progress bar would only flicker


def migrate_paths(
    paths: Sequence[Path], exclude: Sequence[str] | None, jobs: int | None, *, cache: bool
) -> list[FileMigration]:
    """Migrate the files under paths in memory, as if the whole project were named; see `read_project`."""
    project = read_project(paths, exclude, jobs, cache=cache)
    return project.in_files(project.migrate_all())


def read_project(
    paths: Sequence[Path], exclude: Sequence[str] | None, jobs: int | None, *, cache: bool
) -> ProjectMigration:
    """Read the whole project around the paths, and migrate it in memory a first time.

    Args:
        paths: files and folders.
        exclude: patterns of files to leave alone, besides those of the settings.
        jobs: the maximum number of processes; None for one a processor.
        cache: whether to use and to update what is known from earlier runs.

    Raises:
        ToolSettingsError: the settings cannot be used.
        PatternError: a pattern of `exclude` is invalid.
    """
    settings = load_tool_settings(paths).around(project_roots(paths))
    exclusions = [Exclusion(settings.exclude, settings.folder), Exclusion(exclude or (), Path.cwd())]
    files = list(find_sources(paths, exclusions))
    others = other_sources(paths, files, exclusions)
    clean = clean_files_of(settings.folder, settings.codemod.import_roots) if cache else None
    known = known_groups_of(settings.folder, settings.codemod) if cache else None
    with _progress(len(files) + len(others)) as progress:
        project = ProjectMigration(
            files,
            settings,
            others=others,
            jobs=processes(jobs),
            clean_files=clean,
            known_groups=known,
            progress=progress,
        )
        project.migrate_all()
    for each in (clean, known):
        if each is not None:
            each.save()
    return project


def processes(jobs: int | None) -> int:
    """The maximum number of processes: the value of `--jobs`, or one a processor."""
    return jobs or os.cpu_count() or 1


def read_stdin(name: Path | None) -> SourceMigration | ProjectMigration:
    """Read a module from standard input; with a name it stands in for that file of its project.

    Args:
        name: the file that it stands in for, if any.

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
    """Show a progress bar over files, in long runs only."""
    if total < _LONG_RUN:
        yield lambda done: None
        return
    with progress_bar(stderr_console(), "reading", "files") as bar:
        bar.expect(total)
        yield bar.advance

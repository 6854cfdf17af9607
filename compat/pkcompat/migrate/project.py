"""The codemod over the files of a project, in several processes."""

from __future__ import annotations

import importlib
import shlex
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pkcodemods.errors import SourceError
from pkcodemods.findings import left_file, unreadable
from pkcodemods.objections import FileLeft, Objection
from pkcodemods.project_groups import Group, joined_groups, reached
from pkcodemods.project_migration import GroupResult, migrate_holders
from pkcodemods.result import BytesResult, Outcome
from pkcodemods.source import SourceFile
from pkcompat.migrate.clean_cache import CleanFiles
from pkcompat.migrate.file import UNTOUCHED, FileMigration, failed, in_file
from pkcompat.migrate.first_look import DEATH, Progress, look_at_all, look_in
from pkcompat.migrate.known_groups import KnownGroups
from pkcompat.migrate.syntax_check import syntax_problem
from pkcompat.migrate.traced_files import TracedFiles, TracedMigration
from pkcompat.migrate.worker_pool import Died, each_shared, is_shared_out
from pkcompat.project import ToolSettings, party_names, read_source

_CODEMOD = "pkcodemods.group_migration"


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
        settings: the project's settings.
        jobs: the maximum number of processes; none is started if there is little to do.
        clean_files: the cache of clean files, which is also updated.
        progress: called as files are finished.

    Returns:
        The results in the order of the files. Failures are part of the results.
    """
    project = ProjectMigration(paths, settings, jobs=jobs, clean_files=clean_files, progress=progress)
    return project.in_files(project.migrate())


class ProjectMigration:
    """The codemod over the files of a project; it can be repeated with objections to what it made of parties.

    All files are read, and only named files may change. A named file that would have to change together with
    one that may not is left as it is, with a finding that says so.

    Args:
        paths: the named files.
        settings: the project's settings.
        others: the other files of the project.
        contents: contents that stand in for those of some named files.
        jobs: the maximum number of processes.
        clean_files: the cache of clean files.
        known_groups: the cache of what became of parties.
        progress: called as files are finished.

    Attributes:
        paths: all files, the named ones first.
        files: the codemod's view of them, in the same order.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        settings: ToolSettings,
        *,
        others: Sequence[Path] = (),
        contents: Mapping[Path, bytes] | None = None,
        jobs: int = 1,
        clean_files: CleanFiles | None = None,
        known_groups: KnownGroups | None = None,
        progress: Progress = lambda done: None,
    ) -> None:
        # Files are identified by their index in `self.paths` from here on.
        self._named = range(len(paths))
        self.paths: Sequence[Path] = [*paths, *others]
        self._jobs = jobs
        self._progress = progress
        known = clean_files or CleanFiles(None)
        given = {path: look_in(settings, path, data) for path, data in (contents or {}).items()}
        self._importing: threading.Thread | None = None
        found_holder = self._import_codemod if known_groups is None or known_groups.is_empty else _do_nothing
        unread = [path for path in paths if path not in given]
        read = iter(look_at_all(unread, settings, jobs, known, progress, found_holder=found_holder))
        self._looks = [given.get(path) or next(read) for path in paths]
        self._looks += look_at_all(others, settings, jobs, known, progress, checks=False)
        self.files: Sequence[SourceFile] = [
            SourceFile(
                settings.path_in_project(look.path),
                look.holder or (contents or {}).get(look.path) or partial(read_source, look.path),
                look.names,
            )
            for look in self._looks
        ]
        # None means all, which spares the codemod finding out which parties concern the named files
        readable = [index for index in self._named if self._looks[index].problem is None]
        self._wanted = readable if len(readable) < len(self.files) else None
        self._holders = [index for index, look in enumerate(self._looks) if look.holder is not None]
        self._project = TracedFiles(self.files)
        self._known_groups = known_groups
        names = party_names(self.paths[index] for index in self._holders)
        self._codemod = replace(
            settings.codemod,
            party_names={settings.path_in_project(file): name for file, name in names.items()},
        )
        self._known: dict[Group, tuple[_Held, GroupResult]] = {}  # each group's last result, and its premises
        self._last: tuple[frozenset[Objection], dict[Group, GroupResult]] | None = None  # of `migrate`
        self._left: dict[str, FileLeft] = {}  # files that must not change, with the reason

    def _import_codemod(self) -> None:
        """Import the codemod, with LibCST a good part of a second, while other processes look at files."""
        if self._importing is None:
            self._importing = threading.Thread(target=importlib.import_module, args=[_CODEMOD])
            self._importing.start()

    def migrate(self, objections: Collection[Objection] = ()) -> dict[Group, GroupResult]:
        """Migrate each group of parties in memory; only named files may change.

        Args:
            objections: reasons to make something else of some parties.
        """
        asked = frozenset(objections)
        if self._last is None or self._last[0] != asked:
            self._last = asked, self._held_back(objections, self.migrate_all(objections))
        return self._last[1]

    def migrate_all(self, objections: Collection[Objection] = ()) -> dict[Group, GroupResult]:
        """Migrate each group of parties in memory; all files may change.

        Args:
            objections: reasons to make something else of some parties.
        """
        return self._migrate(objections, {})

    def _migrate(
        self, objections: Collection[Objection], left: Mapping[str, FileLeft]
    ) -> dict[Group, GroupResult]:
        settings = replace(self._codemod, objections=tuple(objections), left=dict(left))
        return migrate_holders(
            self._project,
            self._holders,
            settings=settings,
            each=partial(self._each_group, _Held(frozenset(objections), frozenset(left))),
            wanted=self._wanted,
        )

    def _held_back(
        self, objections: Collection[Objection], free: dict[Group, GroupResult]
    ) -> dict[Group, GroupResult]:
        """Migrate with unnamed files left as they are, and with them the files that would change together.

        Leaving one file alone changes what becomes of others, so this repeats until each named file is either
        as in `free` or left alone.

        Args:
            objections: reasons to make something else of some parties.
            free: the result if all files may change.
        """
        wanted = _changed(free)
        unnamed = wanted.keys() - set(self._named)
        self._left = {self.files[index].path: _UNNAMED for index in sorted(unnamed)}
        groups = free
        while self._left:
            groups = self._migrate(objections, self._left)
            present = _changed(groups)
            half_done = [
                index
                for index in sorted((wanted.keys() | present.keys()) & set(self._named))
                if wanted.get(index) != present.get(index) and self.files[index].path not in self._left
            ]
            half_done = half_done or self._beside_left(groups, present)
            if not half_done:
                break
            for index in half_done:
                self._left[self.files[index].path] = self._reason(index, unnamed, free)
        return groups

    def _beside_left(self, groups: Mapping[Group, GroupResult], changed: Collection[int]) -> list[int]:
        """The named files that change along with a file that is left; none, unless the codemod has a bug."""
        still = {index for index in changed if self.files[index].path in self._left}
        near = {index for result in groups.values() if still.intersection(result) for index in result}
        return sorted(near.intersection(changed, self._named) - still)

    def _reason(self, index: int, unnamed: Collection[int], groups: Mapping[Group, GroupResult]) -> FileLeft:
        """Why a file is left as it is: it would have to change along with unnamed files."""
        near = {other for result in groups.values() if index in result for other in result} & set(unnamed)
        tied = {
            other
            for other in near
            if other in set(reached(self._project, index)) or index in set(reached(self._project, other))
        }
        missing = [str(self.paths[other]) for other in sorted(tied or near or unnamed)]
        named = " and ".join(f"`{path}`" for path in missing)
        verb = "is" if len(missing) == 1 else "are"
        command = shlex.join(["pkcompat", "migrate", str(self.paths[index]), *missing])
        return FileLeft(f"{named}, which {verb} not named", command)

    def in_files(self, groups: Mapping[Group, GroupResult]) -> list[FileMigration]:
        """The results of the named files, in their order."""
        return self.in_all_files(groups)[: len(self._named)]

    def in_all_files(self, groups: Mapping[Group, GroupResult]) -> list[FileMigration]:
        """The results of all files, in their order."""
        together = _changed_together(groups)
        done = [
            failed(look.path, look.problem) if look.problem else FileMigration(look.path, UNTOUCHED)
            for look in self._looks
        ]
        for index, made in ((index, made) for result in groups.values() for index, made in result.items()):
            done[index] = replace(in_file(self.paths[index], made), group=together.get(index))
            reason = self._left.get(self.files[index].path)
            if reason is not None and not made.parties:
                done[index] = replace(done[index], findings=[*done[index].findings, left_file(reason)])
        return done

    def _each_group(
        self,
        held: _Held,
        migrate_group: Callable[[Group], GroupResult],
        groups: Sequence[Group],
    ) -> Iterator[GroupResult]:
        """Migrate the groups; a group whose process died gets errors as its results.

        A group is migrated again only if objections or left files that concern it have changed.
        """
        self._remember(held, groups)
        new = [group for group in groups if not self._is_known(group, held)]
        if self._importing is not None:
            self._importing.join()  # a fork in the middle of it would leave its locks locked
        if is_shared_out(new, self._jobs):
            importlib.import_module(_CODEMOD)  # before the fork, else each process imports it
        for group, found in each_shared(TracedMigration(self._project, migrate_group), new, self._jobs):
            if isinstance(found, Died):
                findings = (unreadable(SourceError(DEATH)),)
                files = {index: self.files[index].data for index in group}
                result = {
                    index: BytesResult(Outcome.ERROR, data, data, findings=findings)
                    for index, data in files.items()
                }
            else:
                result, premises = found
                if self._known_groups is not None and held == _NOTHING_HELD:
                    self._known_groups.add(self._project, group, self._codemod, result, premises)
            self._finished(group, result, held)
        return (self._known[group][1] for group in groups)

    def _remember(self, held: _Held, groups: Sequence[Group]) -> None:
        """Take from the cache what became of groups in an earlier run."""
        if self._known_groups is None or held != _NOTHING_HELD:
            return
        for group in groups:
            if group not in self._known:
                result = self._known_groups.known(self._project, group, self._codemod)
                if result is not None:
                    self._finished(group, result, held)

    def _finished(self, group: Group, result: GroupResult, held: _Held) -> None:
        if group not in self._known:
            self._progress(len(group))
        self._known[group] = (self._within(result, held), result)

    def _is_known(self, group: Group, held: _Held) -> bool:
        """Whether a group was last migrated with the same objections and left files."""
        if group not in self._known:
            return False
        known, result = self._known[group]
        return known == self._within(result, held)

    def _within(self, result: GroupResult, held: _Held) -> _Held:
        paths = {self.files[index].path for index in result}
        return _Held(frozenset(each for each in held.objections if each.path in paths), held.left & paths)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a migration must take into account.

    Attributes:
        objections: reasons to make something else of some parties.
        left: the paths of files that must be left as they are.
    """

    objections: frozenset[Objection]
    left: frozenset[str]


def _do_nothing() -> None:
    pass


_NOTHING_HELD = _Held(frozenset(), frozenset())

_UNNAMED = FileLeft("nothing", "pkcompat migrate")
"""Stands for the reason why an unnamed file is left as it is; it is never shown."""


def _changed(groups: Mapping[Group, GroupResult]) -> dict[int, bytes]:
    """The new contents of the files that change, by index."""
    return {
        index: made.data
        for result in groups.values()
        for index, made in result.items()
        if made.before != made.data
    }


def _changed_together(groups: Mapping[Group, GroupResult]) -> dict[int, int]:
    """For each changed file a number that files which change together have in common.

    Groups that change the same file count as one.
    """
    first: dict[int, Group] = {}
    shared: list[tuple[Group, Group]] = []
    for group, result in groups.items():
        for index, made in result.items():
            if made.before != made.data:
                shared.append((first.setdefault(index, group), group))
    joined = {index: number for number, group in enumerate(joined_groups(groups, shared)) for index in group}
    return {index: joined[group[0]] for index, group in first.items()}


class SourceMigration:
    """The codemod over one source; the counterpart of `ProjectMigration` for standard input.

    Args:
        path: the name of the source.
        data: the source.
        settings: the settings.

    Attributes:
        paths: the name, alone.
        files: the codemod's view of the source, alone.
    """

    def __init__(self, path: Path, data: bytes, settings: ToolSettings) -> None:
        self.paths: Sequence[Path] = [path]
        self.files: Sequence[SourceFile] = [SourceFile(settings.path_in_project(path), data)]
        self._settings = settings

    def migrate(self, objections: Collection[Objection] = ()) -> dict[Group, GroupResult]:
        """Migrate the source; see `ProjectMigration.migrate`."""
        from pkcodemods.bytes_migration import migrate_bytes

        (file,) = self.files
        settings = replace(self._settings.codemod, objections=tuple(objections))
        return {(0,): {0: migrate_bytes(file.data, path=file.path, settings=settings)}}

    def in_files(self, groups: Mapping[Group, GroupResult]) -> list[FileMigration]:
        """The result, alone."""
        ((result,),) = (group.values() for group in groups.values())
        if result.outcome == UNTOUCHED and (problem := syntax_problem(result.before)) is not None:
            return [failed(self.paths[0], problem)]
        return [in_file(self.paths[0], result)]

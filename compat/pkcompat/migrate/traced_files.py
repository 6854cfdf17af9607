"""The files of a project, which note what a migration asked of them: its result depends on nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import overload

from pkcodemods.project_groups import Group
from pkcodemods.project_migration import GroupResult
from pkcodemods.source import ProjectFiles, SourceFile

UNREADABLE = ""
"""In place of the digest of a file that cannot be read."""


@dataclass(slots=True)
class Premises:
    """What the result of a migration rests on; files are named by their paths.

    Attributes:
        contents: the digest of each file that was read.
        imports: by file the files that it may import.
        importers: files with those that may import one of them.
    """

    contents: dict[str, str] = field(default_factory=dict)
    imports: dict[str, list[str]] = field(default_factory=dict)
    importers: list[tuple[list[str], list[str]]] = field(default_factory=list)


class TracedFiles(ProjectFiles):
    """The files of a project; see `ProjectFiles`."""

    def __init__(self, files: Sequence[SourceFile]) -> None:
        super().__init__(files)
        self.files = _NotedFiles(files, self._looked_at)
        self._all = files
        self._noted: Premises | None = None
        self._places: dict[str, int] | None = None

    @contextmanager
    def noting(self) -> Iterator[Premises]:
        """A context that notes what is asked in it."""
        premises = Premises()
        with self._noting(premises):
            yield premises

    def imported_by(self, index: int) -> set[int]:
        """The files that a file may import."""
        with self._noting(None) as premises:
            found = super().imported_by(index)
        if premises is not None:
            premises.imports[self._all[index].path] = self._paths(found)
        return found

    def importers(self, indices: Iterable[int]) -> list[int]:
        """The files that may import one of several files, directly."""
        asked = list(indices)
        with self._noting(None) as premises:
            found = super().importers(asked)
        if premises is not None:
            premises.importers.append((self._paths(asked), self._paths(found)))
        return found

    def still_hold(self, premises: Premises) -> bool:
        """Whether a migration that asks the same gets the same answers."""
        try:
            return (
                all(digest_of(self._all[self.place(path)]) == it for path, it in premises.contents.items())
                and all(
                    self._paths(self.imported_by(self.place(path))) == found
                    for path, found in premises.imports.items()
                )
                and all(
                    self._paths(self.importers(map(self.place, asked))) == found
                    for asked, found in premises.importers
                )
            )
        except KeyError:  # a file is gone
            return False

    def place(self, path: str) -> int:
        """The place of a file.

        Raises:
            KeyError: there is no such file.
        """
        if self._places is None:
            self._places = {file.path: index for index, file in enumerate(self._all)}
        return self._places[path]

    @contextmanager
    def _noting(self, premises: Premises | None) -> Iterator[Premises | None]:
        """A context in which is noted elsewhere, or nowhere; gives where it is noted otherwise."""
        before, self._noted = self._noted, premises
        try:
            yield before
        finally:
            self._noted = before

    def _looked_at(self, index: int) -> None:
        if self._noted is not None and (file := self._all[index]).path not in self._noted.contents:
            self._noted.contents[file.path] = digest_of(file)

    def _paths(self, indices: Iterable[int]) -> list[str]:
        return sorted(self._all[index].path for index in indices)


def digest_of(file: SourceFile) -> str:
    """The digest of a file's content."""
    try:
        return hashlib.sha256(file.data).hexdigest()
    except OSError:
        return UNREADABLE


class _NotedFiles(Sequence[SourceFile]):
    """Files, of which is noted which are looked at one by one."""

    def __init__(self, files: Sequence[SourceFile], looked_at: Callable[[int], None]) -> None:
        self._files = files
        self._looked_at = looked_at

    @overload
    def __getitem__(self, index: int) -> SourceFile: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[SourceFile]: ...
    def __getitem__(self, index: int | slice) -> SourceFile | Sequence[SourceFile]:
        if isinstance(index, int):
            self._looked_at(index)
        return self._files[index]

    def __len__(self) -> int:
        return len(self._files)


@dataclass(frozen=True, slots=True)
class TracedMigration:
    """Migrates groups of parties, and says what each result rests on.

    Attributes:
        files: the project's files, of which `migrate` asks.
        migrate: migrates a group.
    """

    files: TracedFiles
    migrate: Callable[[Group], GroupResult]

    def __call__(self, group: Group) -> tuple[GroupResult, Premises]:
        """What becomes of the files of a group and of those that have to do with it, and why."""
        with self.files.noting() as premises:
            return self.migrate(group), premises

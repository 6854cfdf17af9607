"""The files of a project: what modules they are, and which import which; LibCST is not needed for it."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePath

from pkcodemods.source.import_scanning import imported_names

NOT_THE_PROJECT = frozenset(sys.stdlib_module_names) | {"partykit", "partyserver", "pkcompat", "starlette"}
"""Modules that no file of a project is taken for."""


class SourceFile:
    """A file of a project.

    Args:
        path: where it is.
        data: its bytes, or what reads them when they are needed.
        names: its `imported_names`, where they are known.

    Attributes:
        path: where it is, with slashes; the modules are known to each other by it.
    """

    __slots__ = ("_data", "_names", "path")

    def __init__(
        self, path: str, data: bytes | Callable[[], bytes], names: frozenset[str] | None = None
    ) -> None:
        self.path = path
        self._data = data
        self._names = names

    @property
    def data(self) -> bytes:
        """The file's bytes.

        Raises:
            OSError: they cannot be read.
        """
        if callable(self._data):
            self._data = self._data()
        return self._data

    @property
    def imported_names(self) -> frozenset[str]:
        """The names in the file's imports; none where it cannot be read."""
        if self._names is None:
            try:
                self._names = imported_names(self.data)
            except OSError:
                self._names = frozenset()
        return self._names


@dataclass(frozen=True, slots=True)
class ModuleName:
    """What a file is called in imports.

    Attributes:
        dotted: a dotted name out of all its folders; only its end is what imports say.
        is_package: whether the file is a package's `__init__.py`.
    """

    dotted: str
    is_package: bool

    def absolute(self, name: str) -> str:
        """A name in an import of the module, its leading dots resolved to folders of the project."""
        relative = name.lstrip(".")
        level = len(name) - len(relative)
        if not level:
            return name
        package = self.dotted.split(".")
        package = package[: len(package) - level + self.is_package]
        return ".".join([*package, relative] if relative else package)

    @classmethod
    def of(cls, path: str) -> ModuleName:
        """The name of the file at a path."""
        parts = PurePath(path.replace("\\", "/")).with_suffix("").parts
        own = [_name(part) for part in parts if part not in ("/", ".")]
        is_package = len(own) > 1 and own[-1] == "__init__"
        return cls(".".join(own[:-1] if is_package else own), is_package)


def _name(part: str) -> str:
    """What a file or folder is called in imports; some file systems write letters and their marks apart."""
    name = part.replace(".", "_")
    return name if name.isascii() else unicodedata.normalize("NFC", name)


class ProjectFiles:
    """Which files of a project import which; where that is unclear rather one too many than one too few.

    Attributes:
        files: the files.
        names: the module name of each.
    """

    def __init__(self, files: Sequence[SourceFile]) -> None:
        self.files = files
        self.names = [ModuleName.of(file.path) for file in files]
        self._by_ending: dict[str, list[int]] = {}
        for index, name in enumerate(self.names):
            for ending in _endings(name.dotted):
                self._by_ending.setdefault(ending, []).append(index)
        self._packages = {name.dotted for name in self.names if name.is_package}
        self._imported: dict[int, set[int]] = {}
        self._importers: dict[int, set[int]] | None = None

    def imported_by(self, index: int) -> set[int]:
        """The files that a file may import."""
        if index not in self._imported:
            found: set[int] = set()
            for name in self.files[index].imported_names:
                found.update(self._named(name, self.names[index]))
            self._imported[index] = found - {index}
        return self._imported[index]

    def importers(self, indices: Iterable[int]) -> list[int]:
        """The files that may import one of several files, directly."""
        if self._importers is None:
            self._importers = {}
            for index in range(len(self.files)):
                for imported in self.imported_by(index):
                    self._importers.setdefault(imported, set()).add(index)
        return sorted({index for each in indices for index in self._importers.get(each, ())})

    def _named(self, name: str, importer: ModuleName) -> Iterator[int]:
        """The files that a name in an import of a module may mean."""
        absolute = importer.absolute(name)
        if absolute is name and name.partition(".")[0] in NOT_THE_PROJECT:
            return
        for index in self._by_ending.get(absolute, ()):
            dotted = self.names[index].dotted
            if dotted == absolute or (
                absolute is name and may_be(name, dotted, importer.dotted, self._packages)
            ):
                yield index


def _endings(dotted: str) -> Iterator[str]:
    """A dotted name, and what it is called within its folders."""
    while dotted:
        yield dotted
        dotted = dotted.partition(".")[2]


def may_be(name: str, dotted: str, importer: str, packages: Container[str]) -> bool:
    """Whether an absolute name in an import may mean a module of the project.

    It begins at a folder that is importable: any but a package that the importer does not lie in.

    Args:
        name: the absolute name.
        dotted: what the module is called after all its folders.
        importer: what the module that imports is called so.
        packages: the project's packages.
    """
    if not dotted.endswith(f".{name}"):
        return dotted == name
    folder = dotted[: -len(name) - 1]
    return folder not in packages or importer.startswith(f"{folder}.")


def nearest(names: list[str], importer: str) -> str | None:
    """The module that lies nearest to one that imports it; None if that is not clear."""
    if len(names) < 2:
        return names[0] if names else None

    def shared(name: str) -> int:
        pairs = zip(name.split("."), importer.split("."), strict=False)
        return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))

    *_, second, best = sorted(names, key=shared)
    return best if shared(best) > shared(second) else None

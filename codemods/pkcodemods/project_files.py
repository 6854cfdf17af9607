"""The files of a project: what modules they are, and which import which; LibCST is not needed for it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pkcodemods.errors import SourceError
from pkcodemods.source_encoding import decode


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a project.

    Attributes:
        path: where it is, with slashes; the modules are known to each other by it.
        data: its bytes.
    """

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ModuleName:
    """What a file is called in imports.

    Attributes:
        dotted: a dotted name out of all its folders; only its end is what imports say.
        is_package: whether the file is a package's `__init__.py`.
    """

    dotted: str
    is_package: bool

    @property
    def last(self) -> str:
        """The name without its packages."""
        return self.dotted.rpartition(".")[2]

    @classmethod
    def of(cls, path: str) -> ModuleName:
        """The name of the file at a path."""
        parts = PurePath(path.replace("\\", "/")).with_suffix("").parts
        own = [part.replace(".", "_") for part in parts if part not in ("/", ".")]
        is_package = len(own) > 1 and own[-1] == "__init__"
        return cls(".".join(own[:-1] if is_package else own), is_package)


class ProjectFiles:
    """Which files of a project import which; rather one too many than one too few.

    Attributes:
        files: the files.
        names: the module name of each.
    """

    def __init__(self, files: Sequence[SourceFile]) -> None:
        self.files = files
        self.names = [ModuleName.of(file.path) for file in files]
        self._by_last: dict[str, list[int]] = {}
        for index, name in enumerate(self.names):
            self._by_last.setdefault(name.last, []).append(index)
        self._imports: dict[int, frozenset[int]] = {}

    def imported_by(self, index: int) -> frozenset[int]:
        """The files that a file may import."""
        if index not in self._imports:
            words = _imported_words(self.files[index].data)
            found = {other for word in words for other in self._by_last.get(word, ())}
            self._imports[index] = frozenset(found - {index})
        return self._imports[index]

    def importers(self, indices: Iterable[int]) -> list[int]:
        """The files that may import one of several files, directly."""
        lasts = sorted({self.names[index].last for index in indices})
        words = [last.encode() for last in lasts]
        pattern = _importing(lasts)
        return [
            index
            for index, file in enumerate(self.files)
            if any(word in file.data for word in words) and pattern.search(file.data)
        ]


def _imported_words(data: bytes) -> set[str]:
    """Every word of the imports in a source: whatever they name is one of them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(decode(data)[0])
    except (SourceError, SyntaxError, ValueError, MemoryError, RecursionError):
        return set()
    return {word for name in _imported_names(tree) for word in name.split(".") if word}


def _imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.name for alias in node.names)


def _importing(lasts: Sequence[str]) -> re.Pattern[bytes]:
    """Lines that may import a module of one of these names: import statements, and lines of a long one."""
    words = "|".join(map(re.escape, lasts))
    source = rf"^[^\S\n]*(?:from|import)\b[^\n]*\b(?:{words})\b|^[^\S\n]*(?:{words})\b"
    return re.compile(source.encode(), re.MULTILINE)

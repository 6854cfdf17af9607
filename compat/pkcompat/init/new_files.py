"""Files that are written where there are none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pkcompat.errors import PkcompatError
from pkcompat.project import write_document


class InitError(PkcompatError):
    """The project cannot be begun in this folder. The message says why."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a project.

    Attributes:
        name: its name in the project's folder.
        is_for: what it is, in a few words.
        content: what is written.
    """

    name: str
    is_for: str
    content: str


def write_new(folder: Path, files: Iterable[NewFile]) -> list[NewFile]:
    """Write those of the files that are not there; the folder is made if there is none.

    Returns:
        Those that were written.

    Raises:
        InitError: the folder, or a file in it, cannot be written.
    """
    written = []
    path = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            path = folder / file.name
            if path.exists() or path.is_symlink():
                continue
            write_document(path, file.content.encode())
            written.append(file)
    except OSError as error:
        raise InitError(f"{path}: {error.strerror or error}") from None
    return written

"""`.env` and `.env.local`, as PartyKit's development server reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dotenv

from pkcompat.errors import PkcompatError

ENV_FILE_NAMES = (".env", ".env.local")
"""The second file wins over the first."""


class EnvFileError(PkcompatError):
    """A file of variables cannot be read. The message says which, and why."""


@dataclass(frozen=True, slots=True)
class EnvFiles:
    """The content of the files.

    Attributes:
        values: the variables.
        paths: the files that were read.
    """

    values: Mapping[str, str]
    paths: tuple[Path, ...]


def load_env_files(folder: Path) -> EnvFiles:
    """Read the nearest `.env` and the nearest `.env.local`: in a folder or in one of its parents.

    References such as `${HOME}` are not expanded, as with PartyKit; a name without `=` is left out.

    Raises:
        EnvFileError: a file exists, but cannot be read.
    """
    paths = tuple(_nearest(folder))
    values: dict[str, str] = {}
    for path in paths:
        try:
            found = dotenv.dotenv_values(path, interpolate=False, encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise EnvFileError(f"{path}: cannot be read: {error}") from None
        values |= {name: value for name, value in found.items() if value is not None}
    return EnvFiles(values, paths)


def _nearest(folder: Path) -> Iterator[Path]:
    folders = (folder.absolute(), *folder.absolute().parents)
    for name in ENV_FILE_NAMES:
        found = next((parent / name for parent in folders if (parent / name).is_file()), None)
        if found is not None:
            yield found

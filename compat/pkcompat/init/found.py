"""The parties that a project has already, and the names under which they are to be served."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pkcompat.init.classes import class_parties
from pkcompat.migrate import FileMigration

MAIN = "main"
_LIKE_MAIN = (MAIN, "party", "server", "index")
_OF_TESTS = re.compile(r"test_.*|.*_test|conftest|tests?")
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class FoundParty:
    """A party in a file.

    Attributes:
        target: its target, relative to the project's folder.
        names: what it may be called, the best first.
        is_object: whether it has the object form.
    """

    target: str
    names: tuple[str, ...]
    is_object: bool


def found_parties(folder: Path, migrations: Iterable[FileMigration]) -> list[FoundParty]:
    """The parties in a project's files, but for those of its tests.

    Args:
        folder: the project's folder.
        migrations: its files, with the parties in the object form that the codemod found.
    """
    return [party for migration in migrations for party in _of_file(folder, migration)]


def _of_file(folder: Path, migration: FileMigration) -> Iterator[FoundParty]:
    path = Path(os.path.relpath(migration.path, folder))
    if any(_OF_TESTS.fullmatch(Path(part).stem) for part in path.parts):
        return
    objects = [party.name for party in migration.parties]
    classes = [name for name in class_parties(_content(migration.path)) if name not in objects]
    is_only = len(objects) + len(classes) == 1
    for name in (*objects, *classes):
        is_default = is_only or name in ("", "default")
        target = path.as_posix() if is_default else f"{path.as_posix()}:{name}"
        stem = path.parent.name if path.stem == "__init__" else path.stem
        names = (stem, name) if is_default else (name, f"{stem}-{name}")
        yield FoundParty(target, tuple(map(_served_name, filter(None, names))), name in objects)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _served_name(name: str) -> str:
    return _NO_NAME.sub("-", name).strip("-").lower() or "party"


def served_names(parties: Iterable[FoundParty]) -> Mapping[str, str]:
    """Targets by the name of the party: the only one is `main`, as is the one whose name says so."""
    all_of_them = list(parties)
    if len(all_of_them) == 1:
        return {MAIN: all_of_them[0].target}
    main = next(
        (party for like in _LIKE_MAIN for party in all_of_them if party.names[0] == like),
        None,
    )
    served = {} if main is None else {MAIN: main.target}
    for party in all_of_them:
        if party is not main:
            served[_free(party, served)] = party.target
    return served


def _free(party: FoundParty, taken: Mapping[str, str]) -> str:
    numbered = (f"{party.names[0]}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (*party.names, *numbered) if name not in taken and name != MAIN)

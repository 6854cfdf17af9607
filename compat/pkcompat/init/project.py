"""Decides what a project lacks: nothing is asked that can be seen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pkcompat.init.found import FoundParty, served_names
from pkcompat.init.new_files import NewFile
from pkcompat.init.templates import PARTY, PARTY_NAME, TEST, TEST_NAME, TESTS_NAME, config, tests
from pkcompat.project import CONFIG_FILE_NAMES, ProjectConfig, parse_target
from pkcompat.project import TargetError as _TargetError

_NO_NAME = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a project is to begin with.

    Attributes:
        files: the files; those that are there already stay as they are.
        served: targets by the name of the party, as they are served then.
        test: the name of the test, if there is one.
        objects: how many of the parties that were found have the object form.
        notes: what the user has to do by hand, or to know.
    """

    files: Sequence[NewFile]
    served: Mapping[str, str]
    test: str | None
    objects: int
    notes: Sequence[str]


def begin(folder: Path, present: ProjectConfig, found: Sequence[FoundParty]) -> Beginning:
    """Decide what a project is to begin with.

    Args:
        folder: its folder, which may not be there yet.
        present: its `partykit.json`; an empty one where there is none.
        found: the parties in its files.
    """
    config_name = next((name for name in CONFIG_FILE_NAMES if (folder / name).exists()), None)
    is_new = not found and not present.parties
    served = present.parties or ({"main": PARTY_NAME} if is_new else served_names(found))
    about = "the project: what pkcompat serve serves"
    files = [NewFile(config_name or CONFIG_FILE_NAMES[0], about, config(_name_of(folder), served))]
    if is_new:
        files.append(NewFile(PARTY_NAME, "a first party, a chat, in the class form", PARTY))
    test = _test(folder, served, present, is_new=is_new)
    if test is not None:
        files.append(test)
    return Beginning(
        files,
        served,
        None if test is None else test.name,
        sum(party.is_object for party in found),
        _notes(folder, config_name, present, served),
    )


def _test(folder: Path, served: Mapping[str, str], present: ProjectConfig, *, is_new: bool) -> NewFile | None:
    if is_new or (folder / TEST_NAME).exists():
        return NewFile(TEST_NAME, "its test, over real sockets", TEST)
    targets = [target for target in served.values() if _is_there(folder, target)]
    if not targets:
        return None
    return NewFile(TESTS_NAME, "a test that serves each party", tests(targets, present.vars))


def _notes(
    folder: Path, config_name: str | None, present: ProjectConfig, served: Mapping[str, str]
) -> list[str]:
    notes = []
    if config_name is not None and not present.parties:
        names = ", ".join(f"{name!r}: {target!r}" for name, target in served.items()).replace("'", '"')
        where = (
            "add it by hand" if list(served) == ["main"] else "add them by hand, all but main under `parties`"
        )
        notes.append(f"{config_name} names no party, and is left as it is; {where}: {names}")
    for name, target in served.items():
        if present.parties and not _is_there(folder, target):
            notes.append(
                f"{config_name}: the party {name} is {target}, which is no Python file that is there"
            )
    if "main" not in served:
        notes.append("no party is main; /party/ROOM and the hooks of the project are those of main")
    return notes


def _is_there(folder: Path, target: str) -> bool:
    try:
        file = parse_target(target).file
    except _TargetError:
        return False
    return file is not None and (folder / file).is_file()


def _name_of(folder: Path) -> str:
    return _NO_NAME.sub("-", folder.resolve().name.lower()).strip("-") or "parties"

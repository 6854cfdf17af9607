"""What the parties in files are called where they are served: as `partykit.json` says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pkcodemods.project_root import name_of_root_package
from pkcompat.project.root import CONFIG_NAMES

if TYPE_CHECKING:
    from pkcompat.project.targets import Target

_DEFAULT = (None, "default")
"""The attributes of a target that mean what has no name of its own."""


def party_names(files: Iterable[Path]) -> dict[Path, str]:
    """The names of the parties in files, of those where they say more than the files' names, or less.

    Each file is looked for in the nearest `partykit.json` upwards that serves it, wherever the command runs
    and whichever other files are named with it. One that several parties are served from has no name from
    there, and `main` is none. A package that is the project itself has its folder's name only where nothing
    else marks the project: a checkout's folder may be called anything, which is the empty name.

    Args:
        files: the files.
    """
    served = cache(_served)
    names = {file: _name_of(file, served) for file in files}
    return {file: name for file, name in names.items() if name is not None}


def _name_of(file: Path, served: Callable[[Path], Mapping[str, Sequence[str]]]) -> str | None:
    real = os.path.realpath(file)
    for folder in Path(os.path.abspath(file)).parents:
        names = served(folder).get(real)
        if names is not None:
            name = names[0] if len(names) == 1 and names[0] != "main" else None
            break
    else:
        name = None
    return name_of_root_package(file) if name is None else name


def _served(folder: Path) -> dict[str, list[str]]:
    """The names of the parties that a folder's `partykit.json` serves from each file."""
    if not any((folder / name).is_file() for name in CONFIG_NAMES):
        return {}
    from pkcompat.project.partykit_json import ProjectConfigError, load_project_config  # most have none
    from pkcompat.project.targets import TargetError, parse_target

    try:
        config = load_project_config(folder)
    except ProjectConfigError:
        return {}  # `serve` says what is wrong with it
    names: dict[str, list[str]] = {}
    for name, text in config.parties.items():
        try:
            target = parse_target(text)
        except TargetError:
            continue
        if target.attribute in _DEFAULT:
            names.setdefault(_file_of(target, folder), []).append(name)
    return names


def _file_of(target: Target, folder: Path) -> str:
    """The real path of a target's file; that of a dotted name may not be there."""
    if target.file is not None:
        return os.path.realpath(folder / target.file)
    module = folder.joinpath(*target.module.split("."))
    package = module / "__init__.py"
    return os.path.realpath(package if package.is_file() else f"{module}.py")

"""The names under which `partykit.json` serves the parties in files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pkcodemods.project_root import name_of_root_package
from pkcompat.project.root import CONFIG_FILE_NAMES

if TYPE_CHECKING:
    from pkcompat.project.targets import Target

_DEFAULT = (None, "default")
"""The attributes of targets that name a module's only or default party."""


def party_names(files: Iterable[Path]) -> dict[Path, str]:
    """The names of the parties in files, if they are not simply the files' names.

    A file's name is taken from the nearest `partykit.json` in its parent folders that serves it, independent
    of the current folder and of the other files. There is no such name if several parties are served from the
    file, or if it is served as `main`. A package that is the root of the project has the name of its folder
    only if nothing else marks the root; otherwise the folder is a checkout, which can have any name, and the
    party's name is empty.

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
    if not any((folder / name).is_file() for name in CONFIG_FILE_NAMES):
        return {}
    # imported here because most projects have no such file, and the JSON5 parser is slow to import
    from pkcompat.project.partykit_json import ProjectConfigError, load_project_config
    from pkcompat.project.targets import TargetError, parse_target

    try:
        config = load_project_config(folder)
    except ProjectConfigError:
        return {}  # `serve` reports the error
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
    """The real path of a target's file; for a dotted name the file may not exist."""
    if target.file is not None:
        return os.path.realpath(folder / target.file)
    module = folder.joinpath(*target.module.split("."))
    package = module / "__init__.py"
    return os.path.realpath(package if package.is_file() else f"{module}.py")

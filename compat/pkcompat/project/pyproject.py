"""The table `[tool.pkcompat]` of a project's `pyproject.toml`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pkcodemods.errors import SettingsError
from pkcodemods.settings import Settings
from pkcompat.errors import PkcompatError
from pkcompat.project.formatter_settings import formatter_line_length
from pkcompat.traffic import MaskSettings, nearest

FILE_NAME = "pyproject.toml"

_KEYS = ("exclude", "import-roots", "line-length", "per-file-ignores", "record")
_RECORD_KEYS = ("mask-headers", "mask-query", "unmask")


class ToolSettingsError(PkcompatError):
    """`[tool.pkcompat]` cannot be used. The message names the key and what is wrong."""


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """The settings of a project.

    Attributes:
        folder: the folder of the `pyproject.toml`, which patterns are relative to; else the current folder.
        codemod: the settings of the codemod.
        exclude: patterns, in the syntax of `.gitignore`, of files that are left alone.
        record: what recordings of traffic mask.
    """

    folder: Path = field(default_factory=Path.cwd)
    codemod: Settings = field(default_factory=Settings)
    exclude: tuple[str, ...] = ()
    record: MaskSettings = field(default_factory=MaskSettings)

    def path_in_project(self, path: Path) -> str:
        """A file's path as `per-file-ignores` matches it: relative to the project's folder, with slashes."""
        absolute, folder = os.path.abspath(path), os.path.join(self.folder, "")
        if os.sep == "/" and absolute.startswith(folder):  # the common case, without slow `Path` objects
            return absolute[len(folder) :]
        found = Path(absolute)
        return (found.relative_to(self.folder) if found.is_relative_to(self.folder) else found).as_posix()

    def around(self, roots: Sequence[Path]) -> ToolSettings:
        """The same settings for several projects, some of which may lie outside of the folder.

        Args:
            roots: the projects' folders.
        """
        if not roots or all(root.is_relative_to(self.folder) for root in roots):
            return self
        return replace(self, folder=Path(os.path.commonpath([self.folder, *roots])))


def load_tool_settings(paths: Sequence[Path]) -> ToolSettings:
    """Read the settings of the project around some files.

    They are in the nearest `pyproject.toml` that has the table, from the common folder of the files upwards.

    Args:
        paths: files and folders.

    Raises:
        ToolSettingsError: the table exists, but cannot be used.
    """
    start = _common_folder(paths)
    folders = (start, *start.parents)
    found = ((folder, table) for folder in folders if (table := _table(folder / FILE_NAME)) is not None)
    folder, table = next(found, (None, {}))
    settings = parse_tool_settings(table, folder) if folder is not None else ToolSettings()
    if any(key.replace("_", "-") == "line-length" for key in table):
        return settings
    width = formatter_line_length(folders)
    return (
        settings if width is None else replace(settings, codemod=replace(settings.codemod, line_length=width))
    )


def parse_tool_settings(table: object, folder: Path) -> ToolSettings:
    """Read the settings from the table.

    Args:
        table: the table `[tool.pkcompat]`.
        folder: the folder of the file.

    Raises:
        ToolSettingsError: a setting is wrong.
    """
    if not isinstance(table, Mapping):
        raise _error("is a table")
    _reject_unknown(table, _KEYS, "")
    exclude = table.get("exclude", [])
    if not isinstance(exclude, list) or not all(isinstance(pattern, str) for pattern in exclude):
        raise _error(f"exclude is a list of patterns, got {exclude!r}")
    try:
        codemod = Settings.from_table({key: table[key] for key in table if key not in ("exclude", "record")})
    except SettingsError as error:
        raise _error(str(error)) from None
    return ToolSettings(folder, codemod, tuple(exclude), _record(table.get("record", {})))


def _record(table: object) -> MaskSettings:
    if not isinstance(table, Mapping):
        raise _error("record is a table")
    _reject_unknown(table, _RECORD_KEYS, "record ")
    values: dict[str, tuple[str, ...]] = {}
    for key, names in table.items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise _error(f"record.{key} is a list of names, got {names!r}")
        values[key.replace("_", "-").removeprefix("mask-")] = tuple(names)
    return MaskSettings(**values)


def _reject_unknown(table: Mapping[str, object], known: Sequence[str], place: str) -> None:
    for key in table:
        if key.replace("_", "-") not in known:
            right = nearest(key, known)
            hint = f"did you mean `{right}`?" if right else f"it knows {', '.join(known)}"
            raise _error(f"{place}has no `{key}`; {hint}")


def _table(file: Path) -> Any:
    try:
        data = file.read_bytes()
    except OSError:
        return None
    if b"pkcompat" not in data:  # the common case; parsing TOML is slow
        return None
    import tomllib

    try:
        document = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits, or deep nesting
        raise ToolSettingsError(f"{file}: is not TOML: {error}") from None
    tool = document.get("tool", {})
    return tool.get("pkcompat") if isinstance(tool, dict) else None


def _common_folder(paths: Sequence[Path]) -> Path:
    folders = [path if os.path.isdir(path) else path.parent for path in map(Path.absolute, paths)]
    return Path(os.path.commonpath(folders)) if folders else Path.cwd()


def _error(problem: str) -> ToolSettingsError:
    return ToolSettingsError(f"{FILE_NAME}: [tool.pkcompat] {problem}")

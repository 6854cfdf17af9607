"""The projects around files, and the other files of these projects."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from pkcodemods.project_root import project_root
from pkcompat.project.ignore_rules import Exclusion
from pkcompat.project.source_files import find_sources

CONFIG_FILE_NAMES = ("partykit.json", "partykit.json5", "partykit.jsonc")
"""The names of PartyKit's project file, in order of precedence; each is read as JSON5."""


def project_roots(paths: Iterable[Path]) -> list[Path]:
    """The folders of the projects around files or folders; none lies within another.

    Args:
        paths: files and folders.
    """
    roots = {project_root(path) for path in paths}
    return sorted(root for root in roots if not roots.intersection(root.parents))


def other_sources(
    paths: Sequence[Path], files: Collection[Path], exclusions: Collection[Exclusion]
) -> list[Path]:
    """The sources of the projects around files and folders, except for those that were already found.

    Args:
        paths: the files and folders.
        files: the sources that were found under them.
        exclusions: the user's patterns of files to leave alone.
    """
    named = {path.absolute() for path in paths}
    around = [_from_here(root) for root in project_roots(paths) if root not in named]
    known = {os.path.realpath(file) for file in files} if around else ()
    return [file for file in find_sources(around, exclusions) if os.path.realpath(file) not in known]


def _from_here(folder: Path) -> Path:
    """A folder as a user would name it: relative to the current folder if one contains the other."""
    here = Path.cwd()
    near = folder.is_relative_to(here) or here.is_relative_to(folder)
    return Path(os.path.relpath(folder, here)) if near else folder

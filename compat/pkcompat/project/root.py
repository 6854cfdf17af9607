"""The projects that files belong to, and their files."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from pkcodemods.project_root import project_root
from pkcompat.project.ignore_rules import Exclusion
from pkcompat.project.source_files import find_sources

CONFIG_NAMES = ("partykit.json", "partykit.json5", "partykit.jsonc")
"""Where PartyKit looks for a project's configuration, in this order."""


def project_roots(paths: Iterable[Path]) -> list[Path]:
    """The folders of the projects that files or folders lie in, none of them within another.

    Args:
        paths: files and folders.
    """
    roots = {project_root(path) for path in paths}
    return sorted(root for root in roots if not roots.intersection(root.parents))


def other_sources(
    paths: Sequence[Path], files: Collection[Path], exclusions: Collection[Exclusion]
) -> list[Path]:
    """The sources of the projects that files and folders lie in, besides those that were found under them.

    Args:
        paths: the files and folders.
        files: what was found under them.
        exclusions: what the user wants to be left alone.
    """
    named = {path.absolute() for path in paths}
    around = [_from_here(root) for root in project_roots(paths) if root not in named]
    known = {os.path.realpath(file) for file in files} if around else ()
    return [file for file in find_sources(around, exclusions) if os.path.realpath(file) not in known]


def _from_here(folder: Path) -> Path:
    """A folder as a user would name it: from the current folder where they lie in each other."""
    here = Path.cwd()
    near = folder.is_relative_to(here) or here.is_relative_to(folder)
    return Path(os.path.relpath(folder, here)) if near else folder

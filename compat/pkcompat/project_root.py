"""Which project a file belongs to."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from pkcompat.ignore_rules import Exclusion
from pkcompat.source_files import find_sources

_MARKS = ("pyproject.toml", "partykit.json", ".git")


def project_root(path: Path) -> Path:
    """The folder of the project that a file or folder lies in.

    That is the nearest one upwards with a `pyproject.toml`, a `partykit.json` or a `.git`; where there is
    none the outermost package around it, else the folder itself.

    Args:
        path: the file or folder.
    """
    absolute = Path(os.path.abspath(path))  # links stay: the files under it are named by it
    start = absolute if absolute.is_dir() else absolute.parent
    for folder in (start, *start.parents):
        if any((folder / mark).exists() for mark in _MARKS):
            return folder
    outermost = start
    while (outermost / "__init__.py").is_file() and (outermost.parent / "__init__.py").is_file():
        outermost = outermost.parent
    return outermost


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

"""Redirects imports from the user's project to the copy of it that a command runs in.

A copy of this file is the `sitecustomize` of every Python that the command starts, so it uses the standard
library only, runs on old Pythons, and never fails. A project that is installed in editable mode names its own
folder in a `.pth` file or in an import finder; both are redirected to the copy. Modules that were imported
from the project itself all the same are reported when the process ends.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

SETTINGS = "redirection.json"
REPORTS = "strays"


class Redirection:
    """An import finder that replaces files of one folder by those of its copy."""

    def __init__(self, root: str, copy: str) -> None:
        self.root = root
        self.copy = copy

    def counterpart(self, path: str) -> str | None:
        """The corresponding path in the copy, if it exists there and is not a link out of the copy."""
        real = os.path.realpath(path)
        if not _lies_in(real, self.root) or _lies_in(real, self.copy):
            return None
        moved = os.path.join(self.copy, os.path.relpath(real, self.root))
        return moved if os.path.exists(moved) and _lies_in(os.path.realpath(moved), self.copy) else None

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec of the module's counterpart in the copy, if the finders after this one find the module."""
        behind = sys.meta_path[sys.meta_path.index(self) + 1 :]
        for finder in behind:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None else None
            if spec is not None:
                return self._moved(name, spec)
        return None

    def _moved(self, name: str, spec: ModuleSpec) -> ModuleSpec | None:
        places = spec.submodule_search_locations
        moved = None if places is None else [self.counterpart(place) or place for place in places]
        if spec.origin is None or not spec.has_location:
            if moved is not None and places is not None and moved != list(places):
                spec.submodule_search_locations = moved
            return spec
        origin = self.counterpart(spec.origin)
        if origin is None:
            return None
        return importlib.util.spec_from_file_location(name, origin, submodule_search_locations=moved)

    def strays(self) -> list[str]:
        """The files of modules that were imported from the project itself."""
        files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        return sorted({file for file in files if isinstance(file, str) and self.counterpart(file)})


def redirect(folder: str) -> None:
    """Install the redirection in this process.

    Args:
        folder: the folder of this file, its settings, and its reports.
    """
    with open(os.path.join(folder, SETTINGS), encoding="utf-8") as file:
        settings = json.load(file)
    redirection = Redirection(settings["root"], settings["copy"])
    sys.path[:] = [redirection.counterpart(entry) or entry for entry in sys.path if entry != folder]
    # After PathFinder, which finds modules of the copy by `sys.path`; before finders of editable installs.
    place = sys.meta_path.index(PathFinder) + 1 if PathFinder in sys.meta_path else len(sys.meta_path)
    sys.meta_path.insert(place, redirection)
    atexit.register(_report, redirection, os.path.join(folder, REPORTS))


def _report(redirection: Redirection, folder: str) -> None:
    with contextlib.suppress(Exception):
        strays = redirection.strays()
        if strays:
            with open(os.path.join(folder, f"{os.getpid()}.json"), "w", encoding="utf-8") as file:
                json.dump(strays, file)


def _next_sitecustomize() -> None:
    """Run the `sitecustomize` that this one shadows, if there is one."""
    spec = PathFinder.find_spec("sitecustomize")
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


if __name__ == "sitecustomize":
    with contextlib.suppress(Exception):
        redirect(os.path.dirname(__file__))
    _next_sitecustomize()

"""Importing users' modules: single files as `python file.py` would, files of packages as part of these."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import itertools
import linecache
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import partykit.server  # noqa: F401 - early, before a file or folder `partykit` of the user's can shadow it
from pkcodemods.project_root import project_root
from pkcompat.errors import PkcompatError
from pkcompat.project.user_traceback import user_traceback

_numbers = itertools.count(2)

Preparation = Callable[[CodeType], CodeType]


class ModuleLoadError(PkcompatError):
    """A module cannot be imported."""


class ModuleLoader:
    """Imports modules, each once; another loader imports the same files again.

    Args:
        sources: sources that replace the content of files, by path.
        prepared: transforms the code of each module before it runs, for instance to record which lines run.
        locate: finds out where a file lies; `location_of` by default, or a cache of it.
    """

    def __init__(
        self,
        sources: Mapping[Path, bytes] | None = None,
        prepared: Preparation | None = None,
        *,
        locate: Callable[[Path], Location] | None = None,
    ) -> None:
        self._locate = locate or location_of
        self._prepared: Preparation = prepared or (lambda code: code)
        self._sources = {path.resolve(): code for path, code in (sources or {}).items()}
        self._modules: dict[Path, ModuleType] = {}
        self._packages: dict[Path, str] = {}  # the import name of each package's __init__.py
        self._roots: list[Path] = []  # folders that were ever put first on sys.path
        self._last: set[str] = set()  # folders that we put last on sys.path

    def file(self, path: Path) -> ModuleType:
        """Import a file, with its own folder importable, or as part of the package around it.

        Modules that are neither in that folder nor installed are looked for in the project's folder and in
        its `src`, to support packages without `__init__.py` and folders of parties that share helpers.

        Raises:
            ModuleLoadError: there is no such file, or it raised an exception.
        """
        if os.path.isdir(path):  # the methods of Path raise where a name is too long
            raise ModuleLoadError(f"{path}: is a folder; name a Python file in it")
        if not os.path.isfile(path) and path.resolve() not in self._sources:
            raise ModuleLoadError(f"{path}: no such file")
        location = self._locate(path)
        file, place = location.file, location.place
        if file not in self._modules:
            own_name = _free_name(place.module)
            with self._importable(place.root, location.last), _users_errors(str(path)):
                if place.package:
                    self._modules[file] = self._in_package(file, place)
                else:
                    self._modules[file] = self._execute(file, own_name)
        return self._modules[file]

    def _in_package(self, file: Path, place: ImportPlace) -> ModuleType:
        package = importlib.import_module(self._package_name(place))
        if not place.module:
            return package
        name = f"{package.__name__}.{place.module}"
        if file.stem == place.module:
            return importlib.import_module(name)
        return self._execute(file, name)  # its name has a dot, so no import statement can name it

    def _package_name(self, place: ImportPlace) -> str:
        """The name that a package is imported by.

        It is the folder's name, unless a module of that name is in use already, of Python or installed.
        """
        top, dot, inner = place.package.partition(".")
        init = place.root / top / "__init__.py"
        if init not in self._packages:
            present = sys.modules.get(top)
            if present is None or _is_of(present, init):
                self._packages[init] = top
            else:
                self._packages[init] = self._execute(init, _free_name(top)).__name__
        return self._packages[init] + dot + inner

    def named(self, name: str) -> ModuleType:
        """Import a module by its dotted name, with the current folder importable.

        Raises:
            ModuleLoadError: there is no such module, or it raised an exception.
        """
        with self._importable(Path.cwd()):
            _find(name)
            with _users_errors(name):
                return importlib.import_module(name)

    def file_of(self, name: str) -> Path:
        """The file of a module, by its dotted name; the packages around it are imported, the module is not.

        Raises:
            ModuleLoadError: there is no such module, it has no file, or a package around it raised.
        """
        with self._importable(Path.cwd()):
            origin = _find(name).origin
            if origin is None or not origin.endswith(".py"):
                raise ModuleLoadError(f"module {name!r} has no Python file")
            return Path(origin)

    def _execute(self, file: Path, name: str) -> ModuleType:
        loader = _SourceLoader(name, str(file), self._sources.get(file), self._prepared)
        spec = importlib.util.spec_from_file_location(name, file, loader=loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module

    @contextmanager
    def _importable(self, root: Path, last: Sequence[Path] = ()) -> Iterator[None]:
        """Put a folder first on `sys.path`, and others last; they stay there, for later imports.

        While the context lasts, modules from earlier folders do not hide namesakes in this one.
        """
        if str(root) in sys.path:
            sys.path.remove(str(root))
        sys.path.insert(0, str(root))
        self._put_last(last)
        hidden = self._hide_namesakes(root)
        if root not in self._roots:
            self._roots.append(root)
        finder = _SourceFinder(self._sources, self._prepared)
        sys.meta_path.insert(0, finder)
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.meta_path.remove(finder)
            sys.modules.update(hidden)

    def _put_last(self, folders: Sequence[Path]) -> None:
        """Put folders at the end of `sys.path`, before those that were put there earlier."""
        earlier = [path for path in sys.path if path in self._last]
        sys.path[:] = [path for path in sys.path if path not in self._last]
        new = [str(folder) for folder in folders if str(folder) not in sys.path]
        self._last.update(new)
        sys.path += [*new, *(path for path in earlier if path not in new)]

    def _hide_namesakes(self, root: Path) -> dict[str, ModuleType]:
        others = {str(other) for other in self._roots if other != root}
        if not others:
            return {}
        namesakes = {
            name
            for name in _names_in(root)
            if (module := sys.modules.get(name)) is not None
            and _lies_in(module, others)
            and _holds(root, name)
        }
        if not namesakes:
            return {}
        within = tuple(f"{name}." for name in namesakes)
        hidden = {
            name: module
            for name, module in sys.modules.items()
            if name in namesakes or name.startswith(within)
        }
        for name in hidden:
            del sys.modules[name]
        return hidden


def _project_folders(file: Path) -> list[Path]:
    """The folders in which modules are looked for that are neither beside the file nor installed."""
    root, here = project_root(file), Path.cwd()
    folders = [root, root / "src", *([here] if file.is_relative_to(here) else [])]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def _find(name: str) -> importlib.machinery.ModuleSpec:
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError) as error:
        if not _is_missing(error, name):
            raise load_error(error, name) from None
        found = None
    except Exception as error:  # a package around the module raised it
        raise load_error(error, name) from None
    if found is None:
        raise ModuleLoadError(f"no module named {name!r}; a file is named by its path, such as party.py")
    return found


@dataclass(frozen=True, slots=True)
class ImportPlace:
    """The place of a file in the hierarchy of modules.

    Attributes:
        root: the folder that must be on `sys.path`.
        package: the dotted name of the package around the file; empty if there is none.
        module: the file's own name; empty for a package's `__init__.py`.
    """

    root: Path
    package: str
    module: str


@dataclass(frozen=True, slots=True)
class Location:
    """Where a file lies, and what is importable beside it.

    Attributes:
        file: its path, resolved.
        place: its place in the hierarchy of modules.
        last: folders in which modules are looked for that are found nowhere else.
    """

    file: Path
    place: ImportPlace
    last: tuple[Path, ...]


def location_of(path: Path) -> Location:
    """Find out where a file lies, by looking at the folders around it."""
    file = path.resolve()
    return Location(file, import_place(file), tuple(_project_folders(file)))


def import_place(file: Path) -> ImportPlace:
    """Find the place of a file in the hierarchy: it is in a package if its folder has an `__init__.py`."""
    names: list[str] = []
    folder = file.parent
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        names.append(folder.name)
        folder = folder.parent
    is_package = bool(names) and file.name == "__init__.py"
    return ImportPlace(folder, ".".join(reversed(names)), "" if is_package else file.stem.replace(".", "_"))


def _free_name(stem: str) -> str:
    """An unused name for a module."""
    if stem.isidentifier() and stem not in sys.modules and stem not in sys.stdlib_module_names:
        return stem
    return f"{stem}__{next(_numbers)}"


def _is_of(module: ModuleType, file: Path) -> bool:
    place = getattr(module, "__file__", None)
    return place is not None and Path(place).resolve() == file


def _lies_in(module: ModuleType, roots: set[str]) -> bool:
    place = getattr(module, "__file__", None)
    return bool(place) and not roots.isdisjoint(_folders_of(place))


@lru_cache(maxsize=10_000)
def _folders_of(place: str) -> frozenset[str]:
    """Where a module may be imported from; cached, as each import looks through all modules."""
    file = Path(place)
    folders = [file.parent, *([file.parent.parent] if file.name == "__init__.py" else [])]
    return frozenset(map(str, folders))


def _names_in(folder: Path) -> Iterator[str]:
    """What may be a module or a package in a folder; far less to look through than all that is imported."""
    with suppress(OSError):
        yield from (name.removesuffix(".py") for name in os.listdir(folder))


def _holds(root: Path, name: str) -> bool:
    return (root / f"{name}.py").is_file() or (root / name / "__init__.py").is_file()


@lru_cache(maxsize=64)
def _compiled(source: bytes, path: str) -> CodeType:
    """The code of a module; cached, since each script of a comparison imports the modules again."""
    code: CodeType = compile(source, path, "exec", dont_inherit=True)
    return code


class _SourceLoader(importlib.abc.SourceLoader):
    """Loads a file, or a source that replaces its content; neither reads nor writes `.pyc` files."""

    def __init__(self, name: str, path: str, code: bytes | None, prepared: Preparation) -> None:
        self._prepared = prepared
        self._name = name
        self._path = path
        self._code = code

    def get_filename(self, fullname: str) -> str:
        return self._path

    def get_data(self, path: str | bytes) -> bytes:
        if self._code is not None and path == self._path:
            return self._code
        return Path(path if isinstance(path, str) else path.decode()).read_bytes()

    def source_to_code(  # type: ignore[override]  # its base classes do not agree about it
        self, data: Any, path: Any = "<string>", *, _optimize: int = -1
    ) -> CodeType:
        return self._prepared(_compiled(bytes(data), path))

    def exec_module(self, module: ModuleType) -> None:
        if self._code is not None:  # so that tracebacks show the source that runs, not the file's
            lines = importlib.util.decode_source(self._code).splitlines(keepends=True)
            linecache.cache[self._path] = (len(self._code), None, lines, self._path)
        super().exec_module(module)


class _SourceFinder(importlib.abc.MetaPathFinder):
    """Finds modules as usual, and replaces the sources of some."""

    def __init__(self, sources: Mapping[Path, bytes], prepared: Preparation) -> None:
        self._prepared = prepared
        self._sources = sources

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target) if self._sources else None
        if spec is None or not spec.origin:
            return None
        code = self._sources.get(Path(spec.origin).resolve())
        if code is None:
            return None
        spec.loader = _SourceLoader(fullname, spec.origin, code, self._prepared)
        return spec


@contextmanager
def _users_errors(shown: str) -> Iterator[None]:
    """Turn an exception of a user's module into an error that shows the user's own frames only."""
    try:
        yield
    except (Exception, SystemExit) as error:
        raise load_error(error, shown) from None


def load_error(error: BaseException, shown: str, when: str = "at import") -> ModuleLoadError:
    """The error that reports an exception of a user's module.

    Args:
        error: the exception.
        shown: the module, as the user named it.
        when: when it was raised.
    """
    summary = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return ModuleLoadError(f"{shown}: raised {when}: {summary}", user_traceback(error))


def _is_missing(error: Exception, name: str) -> bool:
    if isinstance(error, ValueError):
        return True
    missing = getattr(error, "name", None)
    return isinstance(error, ModuleNotFoundError) and (missing == name or name.startswith(f"{missing}."))

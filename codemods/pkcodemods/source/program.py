"""The modules that a migration looks at together: what their names refer to, across imports."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterator

import libcst as cst

from pkcodemods.source.modules import SourceModule, dotted_name
from pkcodemods.source.program_nodes import ProgramNodes
from pkcodemods.source.project_files import NOT_THE_PROJECT, may_be, nearest
from pkcodemods.source.scopes import Binding, Role, Store

IMPORT_MODULE = "importlib.import_module"
_WAYS_TO_MODULES = (IMPORT_MODULE, "builtins.__import__", "sys.modules")
BUILTINS = frozenset(dir(builtins))
_IMPORT_ERRORS = {f"builtins.{name}" for name in ("ImportError", "ModuleNotFoundError", "Exception")}


class Program(ProgramNodes):
    """The modules, and what the names in them refer to.

    Attributes:
        star_names: what `from module import *` brings, for the modules of which that is known.
        old_modules: the modules of the object form, which are none of these.
    """

    def __init__(self, modules: list[SourceModule]) -> None:
        super().__init__(modules)
        self.star_names: dict[str, Collection[str]] = {}
        self.old_modules: Collection[str] = ()
        self._fallbacks: dict[Store, bool] = {}
        self._by_name = {module.name: module for module in modules if module.name is not None}
        self._packages = {module.name for module in modules if module.is_package and module.name}
        self._by_ending: dict[str, list[str]] = {}
        for name in self._by_name:
            parts = name.split(".")
            for start in range(1, len(parts)):
                self._by_ending.setdefault(".".join(parts[start:]), []).append(name)
        self._imported: dict[Store, Binding | None] = {}
        self._import_names: dict[cst.CSTNode, str] = {}
        self._imports: dict[Binding, tuple[Store | None]] = {}
        self._deciding_fallbacks = 0

    def module_named(self, name: str) -> SourceModule | None:
        """The module of that dotted name, or the only one whose path ends so, if it is one of these."""
        found = self._by_name.get(name)
        if found is None and self._by_name and name.partition(".")[0] not in NOT_THE_PROJECT:
            ending = self._ending_with(name)
            found = self._by_name[ending[0]] if len(ending) == 1 else None
        return found

    def hide(self, module: SourceModule) -> None:
        """Treat a module as one that was not given: it stays as it is."""
        if module.name is not None:
            self._by_name.pop(module.name, None)
            self._imported.clear()
            self._import_names.clear()
            self._imports.clear()

    def _ending_with(self, name: str) -> list[str]:
        """The modules that lie in a folder under which they have that dotted name."""
        return [known for known in self._by_ending.get(name, ()) if known in self._by_name]

    def import_name(self, store: Store) -> str:
        """The qualified name of what an import binds."""
        known = self._import_names.get(store.node)
        if known is None:
            known = self._import_names[store.node] = self._import_name(store)
        return known

    def _import_name(self, store: Store) -> str:
        assert store.role is Role.IMPORT
        alias = store.node
        assert isinstance(alias, cst.ImportAlias)
        statement = self.parents[alias]
        name = dotted_name(alias.name) or ""
        importer = self.module_of(statement)
        if isinstance(statement, cst.ImportFrom):
            module = importer.imported_module(statement)
            return self.canonical(f"{module}{name}" if module.endswith(".") else f"{module}.{name}", importer)
        return self.canonical(name if alias.asname is not None else name.partition(".")[0], importer)

    def canonical(self, dotted: str, importer: SourceModule) -> str:
        """A dotted name as the program calls it, whose modules are called after their paths.

        `import helpers` means the module beside the importer, else the nearest one whose path ends so.
        """
        parts = dotted.split(".")
        if not self._by_name or dotted.startswith(".") or parts[0] in NOT_THE_PROJECT:
            return dotted
        folder = (importer.name or "").split(".")[: None if importer.is_package else -1]
        for end in range(len(parts), 0, -1):
            wanted = ".".join(parts[:end])
            beside = ".".join([*folder, wanted])
            rest = parts[end:]
            for known in (wanted, beside):
                if known in self._by_name:
                    return ".".join([known, *rest])
            ending = nearest(self._meant_by(wanted, importer), importer.name or "")
            if ending is not None:
                return ".".join([ending, *rest])
        return dotted

    def meant(self, dotted: str, importer: SourceModule) -> Iterator[tuple[SourceModule, str | None]]:
        """The modules that a dotted name may begin with where that is not clear, with what is taken of them.

        Args:
            dotted: the name, without leading dots.
            importer: the module that it stands in.
        """
        parts = dotted.split(".")
        for end in range(len(parts), 0, -1):
            wanted = ".".join(parts[:end])
            known = [wanted] if wanted in self._by_name else []
            found = [*known, *self._meant_by(wanted, importer)]
            yield from ((self._by_name[name], parts[end] if parts[end:] else None) for name in found)
            if found:
                return

    def _meant_by(self, name: str, importer: SourceModule) -> list[str]:
        """The modules that an absolute name may mean, but for one that is called just so."""
        if name.partition(".")[0] in NOT_THE_PROJECT:
            return []
        own = importer.name or ""
        return [known for known in self._ending_with(name) if may_be(name, known, own, self._packages)]

    def qualified_name(self, node: cst.CSTNode) -> str | None:
        """The dotted name of an imported thing or builtin that an expression names; None if it is neither."""
        if isinstance(node, cst.Attribute):
            base = self.qualified_name(node.value)
            return None if base is None else f"{base}.{node.attr.value}"
        if isinstance(node, (cst.Call, cst.Subscript)):
            return self._imported_by_name(node)
        if not isinstance(node, cst.Name):
            return None
        binding = self.binding(node)
        if binding is None:
            return self.unbound_name(node)
        store = self.import_of(binding)
        if store is not None:
            return self.import_name(store)
        sole = binding.sole_store()
        value = sole.node.value if sole is not None and isinstance(sole.node, cst.Assign) else None
        return self._imported_by_name(value) if isinstance(value, (cst.Call, cst.Subscript)) else None

    def _imported_by_name(self, node: cst.Call | cst.Subscript) -> str | None:
        """The module, of the program or the object form, that `importlib.import_module("name")` gives, or
        `sys.modules["name"]`; `__import__("package.name")` gives the package."""
        if isinstance(node, cst.Call):
            given = node.args[0].value if node.args else None
            way = self.qualified_name(node.func)
        else:
            index = node.slice[0].slice
            given = index.value if isinstance(index, cst.Index) else None
            way = self.qualified_name(node.value)
        if not isinstance(given, cst.SimpleString) or way not in _WAYS_TO_MODULES:
            return None
        name = str(given.evaluated_value)
        if name in self.old_modules:
            if way != "builtins.__import__":
                return name
            is_alone = isinstance(node, cst.Call) and len(node.args) == 1
            return name.partition(".")[0] if is_alone else None
        name = self.canonical(name, self.module_of(node))
        is_known = way == IMPORT_MODULE and self.module_named(name) is not None
        return name if is_known else None

    def definition(self, node: cst.CSTNode) -> Binding | None:
        """The binding that defines what a name stands for, in whichever module of the program."""
        binding = self.binding(node)
        seen: set[Binding] = set()
        while binding is not None and binding not in seen:
            seen.add(binding)
            store = self.import_of(binding)
            if store is None:
                return binding
            binding = self.imported_binding(store)
        return None

    def imported_binding(self, store: Store) -> Binding | None:
        """The name of another module that an import reads; None for a module, and what is not of the program.

        `from . import handlers` in a package reads the module, though the package has a name so called by it.
        """
        if store not in self._imported:
            module_name, _, name = self.import_name(store).rpartition(".")
            module = self.module_named(module_name)
            binding = module.scope.bindings.get(name) if module is not None else None
            self._imported[store] = None if binding is None or store in binding.stores else binding
        return self._imported[store]

    def imported_bindings(self, binding: Binding) -> Iterator[Binding]:
        """A name, and those of other modules that its imports read, directly or not; each once."""
        seen, waiting = {binding}, [binding]
        while waiting:
            current = waiting.pop()
            yield current
            for store in current.definitions:
                found = self.imported_binding(store) if store.role is Role.IMPORT else None
                if found is not None and found not in seen:
                    seen.add(found)
                    waiting.append(found)

    def resolved(self, dotted: str) -> str:
        """A qualified name, its modules called by their own names where other modules only import them."""
        parts = dotted.split(".")
        name = parts[0]
        for part in parts[1:]:
            module = self.module_named(name)
            binding = module.scope.bindings.get(part) if module is not None else None
            name = f"{name}.{part}"
            seen: set[Binding] = set()
            while binding is not None and binding not in seen:
                seen.add(binding)
                store = self.import_of(binding)
                name = self.import_name(store) if store is not None else name
                binding = self.imported_binding(store) if store is not None else None
        return name

    def import_of(self, binding: Binding) -> Store | None:
        """The import that a name stands for; what stands in for it where it fails does not count.

        None if the name is bound otherwise too, or by imports of different things.
        """
        known = self._imports.get(binding)
        if known is not None:
            return known[0]
        values = [store for store in binding.values if not self.is_fallback(store)]
        found = None
        if values and all(store.role is Role.IMPORT for store in values):
            names = {self.import_name(store) for store in values}
            found = values[0] if len(names) == 1 else None
        if not self._deciding_fallbacks:  # else one may not be known to be one yet
            self._imports[binding] = (found,)
        return found

    def is_fallback(self, store: Store) -> bool:
        """Whether a name is bound there only if an import of it fails, or only when no type checker looks.

        `except ImportError: X = object`, and `else: X = object` of `if TYPE_CHECKING`.
        """
        known = self._fallbacks.get(store)
        if known is None:
            self._fallbacks[store] = False  # guards against recursion: a test may read this very name
            self._deciding_fallbacks += 1
            known = self._fallbacks[store] = self._stands_in(store)
            self._deciding_fallbacks -= 1
        return known

    def _stands_in(self, store: Store) -> bool:
        child: cst.CSTNode = store.node
        for around in self.ancestors(store.node):
            if isinstance(around, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
                return False
            if isinstance(around, cst.Try) and child in around.handlers:
                return _imports(around.body, store.name) and self._catches_import_error(child)
            if isinstance(around, cst.If) and child is around.orelse:
                return _imports(around.body, store.name) and self.is_type_checking(around.test)
            child = around
        return False

    def is_type_checking(self, test: cst.CSTNode) -> bool:
        """Whether an expression is `TYPE_CHECKING`."""
        return (self.qualified_name(test) or "").rpartition(".")[2] == "TYPE_CHECKING"

    def _catches_import_error(self, handler: cst.CSTNode) -> bool:
        assert isinstance(handler, cst.ExceptHandler)
        if handler.type is None:
            return True
        caught: list[cst.CSTNode] = [handler.type]
        if isinstance(handler.type, cst.Tuple):
            caught = [element.value for element in handler.type.elements]
        names = {self.qualified_name(part) for part in caught}
        return bool(names & _IMPORT_ERRORS)

    def unbound_name(self, node: cst.Name) -> str | None:
        """The qualified name of a name that the module does not bind: a builtin, or out of a `*` import."""
        module = self.module_of(node)
        if (found := self.starred_name(node.value, module)) is not None:
            return found
        stars = module.star_imports
        unknown = [star for star in stars if star not in self.star_names]
        if unknown and node.value not in BUILTINS:
            return f"{unknown[-1]}.{node.value}"
        return f"builtins.{node.value}" if node.value in BUILTINS else None

    def starred_name(self, name: str, module: SourceModule) -> str | None:
        """The qualified name of what a module's `*` imports bring under a name, where that is known."""
        return self._first_starred(name, module, {module})

    def starred_binding(
        self, name: str, module: SourceModule, seen: frozenset[SourceModule] = frozenset()
    ) -> Binding | None:
        """The name of another module of the program that a module's `*` imports bring; None where another
        import may bring it as well."""
        for star in reversed(module.star_imports):
            if star in self.star_names and name not in self.star_names[star]:
                continue
            source = self.module_named(self.canonical(star, module))
            if source is None or source in seen or not _is_starred(name, source):
                return None
            found = source.scope.bindings.get(name) or self.starred_binding(name, source, seen | {module})
            if found is not None:
                return found
        return None

    def _first_starred(self, name: str, module: SourceModule, seen: set[SourceModule]) -> str | None:
        found = (self._starred(star, name, module, seen) for star in reversed(module.star_imports))
        return next((each for each in found if each is not None), None)

    def _starred(self, star: str, name: str, importer: SourceModule, seen: set[SourceModule]) -> str | None:
        if name in self.star_names.get(star, ()):
            return f"{star}.{name}"
        module = self.module_named(self.canonical(star, importer))
        if module is None or module in seen:
            return None
        seen.add(module)
        binding = module.scope.bindings.get(name)
        if binding is not None:
            store = self.import_of(binding)
            return self.import_name(store) if store is not None else f"{module.name}.{name}"
        return self._first_starred(name, module, seen)


def _is_starred(name: str, source: SourceModule) -> bool:
    """Whether `from source import *` brings a name, if the module has it."""
    if "__all__" not in source.scope.bindings:
        return not name.startswith("_")
    return any(isinstance(node, cst.SimpleString) and node.evaluated_value == name for node in source.nodes)


def _imports(block: cst.BaseSuite, name: cst.CSTNode) -> bool:
    """Whether an import right in a block binds a name."""
    for line in block.body:
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else [line]:
            if isinstance(small, (cst.Import, cst.ImportFrom)) and not isinstance(
                small.names, cst.ImportStar
            ):
                bound = {
                    alias.evaluated_alias or alias.evaluated_name.partition(".")[0] for alias in small.names
                }
                if isinstance(name, cst.Name) and name.value in bound:
                    return True
    return False

"""What each import of a module is, read once off the program: rewriting then only looks it up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import libcst as cst

from pkcodemods.api import SHIMS, TYPES
from pkcodemods.deciding import is_for_typing, starred_types
from pkcodemods.inference import AnnotationReader
from pkcodemods.source import Binding, Program, Role, SourceModule

_BRIDGE = frozenset(f"pkcompat.{name}" for name in ("legacy_to_class", *SHIMS.values()))


@dataclass(frozen=True, slots=True)
class BoundName:
    """A name that a module binds by an import.

    Attributes:
        name: the name.
        qualified: the qualified name of what it stands for; None if it is bound to different things.
        is_pinned: whether code outside of the module needs it.
        is_read: whether the module reads it.
        is_old: whether it stands for something of the object form.
        is_replaced: whether it is a type of the object form under its own name, which only this module
            reads: all its uses become uses of the class form's type.
    """

    name: str
    qualified: str | None
    is_pinned: bool
    is_read: bool
    is_old: bool
    is_replaced: bool

    @property
    def is_bridge(self) -> bool:
        """Whether it is a function of `pkcompat`, which an earlier run may have imported."""
        return self.qualified in _BRIDGE


@dataclass(frozen=True, slots=True)
class Import:
    """One name of an import statement.

    Attributes:
        alias: its node, with the name that it gets here.
        bound: the name that it binds; None where scopes do not know it.
        old_name: the name of a type of the object form; empty for that form's module, None for neither.
        is_fallback: whether it stands in for an import that fails.
        is_renamed: whether it gets another name here.
    """

    alias: cst.ImportAlias
    bound: BoundName | None
    old_name: str | None
    is_fallback: bool
    is_renamed: bool = False

    @property
    def local(self) -> str:
        """The name that it binds, with dots where it imports a module of a package."""
        return self.alias.evaluated_alias or self.alias.evaluated_name

    @property
    def keeps_name(self) -> bool:
        """Whether what it imports is called the same in the class form."""
        return self.alias.asname is not None or (self.bound is not None and self.bound.is_pinned)


@dataclass(frozen=True, slots=True)
class ImportStatement:
    """An import statement.

    Attributes:
        node: its node.
        source: the dotted name of the module that a `from` statement reads; None for a plain `import`.
        imports: what it imports; nothing for `*`.
        is_old: whether it imports something of the object form.
        is_at_top: whether it stands among the module's own statements.
        is_for_typing: whether it stands under `if TYPE_CHECKING`.
    """

    node: cst.Import | cst.ImportFrom
    source: str | None
    imports: tuple[Import, ...]
    is_old: bool
    is_at_top: bool
    is_for_typing: bool

    @property
    def is_star(self) -> bool:
        """Whether it is `from module import *`."""
        return isinstance(self.node.names, cst.ImportStar)


@dataclass(frozen=True, slots=True)
class ImportsTable:
    """The imports of a module.

    Attributes:
        statements: the import statements, in the order of the source, wherever they stand.
        fallbacks: the assignments `X = object` that stand in for an import that fails.
        starred: the types of the object form that other modules find here by a `*` import.
        has_sys: whether one of them, under no condition, is `import sys`.
        bridge: the functions of `pkcompat` that it has under their own names when it runs.
    """

    statements: tuple[ImportStatement, ...]
    fallbacks: dict[cst.CSTNode, BoundName]
    starred: frozenset[str]
    has_sys: bool
    bridge: frozenset[str]


def read_imports(
    program: Program,
    module: SourceModule,
    annotations: AnnotationReader,
    pinned: Collection[Binding],
    renamed: Mapping[cst.CSTNode, str] | None = None,
) -> ImportsTable:
    """The table of a module's imports.

    Args:
        program: the modules.
        module: the module, before anything is rewritten.
        annotations: knows the modules of the object form.
        pinned: bindings that code outside of the module needs.
        renamed: imports that get another name in it.
    """
    return _Reading(program, module, annotations, pinned, renamed or {}).table()


class _Reading:
    def __init__(
        self,
        program: Program,
        module: SourceModule,
        annotations: AnnotationReader,
        pinned: Collection[Binding],
        renamed: Mapping[cst.CSTNode, str],
    ) -> None:
        self._program = program
        self._module = module
        self._annotations = annotations
        self._pinned = pinned
        self._renamed = renamed

    def table(self) -> ImportsTable:
        scope = self._module.scope
        nodes = [node for node in self._module.nodes if isinstance(node, (cst.Import, cst.ImportFrom))]
        return ImportsTable(
            tuple(map(self._statement, nodes)),
            self._fallbacks(),
            frozenset(starred_types(self._program, self._module, self._annotations)),
            self._has_sys(),
            frozenset(name for name, binding in scope.bindings.items() if self._is_bridge(name, binding)),
        )

    def _has_sys(self) -> bool:
        binding = self._module.scope.bindings.get("sys")
        tree, parents = self._module.tree, self._program.parents
        return binding is not None and any(
            store.role is Role.IMPORT
            and self._program.import_name(store) == "sys"
            and parents[parents[parents[store.node]]] is tree
            for store in binding.stores
        )

    def _statement(self, node: cst.Import | cst.ImportFrom) -> ImportStatement:
        source = self._module.imported_module(node) if isinstance(node, cst.ImportFrom) else None
        aliases = [] if isinstance(node.names, cst.ImportStar) else node.names
        imports = tuple(self._import(alias, source) for alias in aliases)
        is_old = any(each.old_name is not None for each in imports)
        if isinstance(node.names, cst.ImportStar):
            is_old = source in self._annotations.legacy_modules
        parents = self._program.parents
        is_at_top = parents[parents[node]] is self._module.tree
        return ImportStatement(node, source, imports, is_old, is_at_top, is_for_typing(self._program, node))

    def _import(self, alias: cst.ImportAlias, source: str | None) -> Import:
        target = alias.asname.name if alias.asname is not None else alias.name
        while isinstance(target, cst.Attribute):
            target = target.value  # type: ignore[assignment]
        binding = self._program.binding(target)
        stores = binding.values if binding is not None else []
        own = next((store for store in stores if store.node is alias), None)
        name = self._renamed.get(alias)
        return Import(
            alias if name is None else alias.with_changes(asname=cst.AsName(cst.Name(name))),
            self._bound(binding) if binding is not None else None,
            self._old_name(alias, source),
            is_fallback=own is not None and self._program.is_fallback(own),
            is_renamed=name is not None,
        )

    def _bound(self, binding: Binding) -> BoundName:
        store = self._program.import_of(binding)
        qualified = self._program.import_name(store) if store is not None else None
        is_old = qualified is not None and self._annotations.is_legacy(qualified)
        is_pinned = binding in self._pinned
        is_aliased = (
            store is not None and isinstance(store.node, cst.ImportAlias) and store.node.asname is not None
        )
        is_type = is_old and (qualified or "").rpartition(".")[2] in TYPES
        return BoundName(
            binding.name,
            qualified,
            is_pinned,
            is_read=bool(binding.loads),
            is_old=is_old,
            is_replaced=is_type and not is_aliased and not is_pinned,
        )

    def _old_name(self, alias: cst.ImportAlias, source: str | None) -> str | None:
        name = alias.evaluated_name if source is None else f"{source}.{alias.evaluated_name}"
        for module in self._annotations.legacy_modules:
            rest = name.removeprefix(f"{module}.")
            if name == module:
                return ""
            if rest != name and "." not in rest:
                return rest
        return None

    def _is_bridge(self, name: str, binding: Binding) -> bool:
        store = self._program.import_of(binding)
        return (
            store is not None
            and self._program.import_name(store) == f"pkcompat.{name}"
            and not is_for_typing(self._program, store.node)
        )

    def _fallbacks(self) -> dict[cst.CSTNode, BoundName]:
        found: dict[cst.CSTNode, BoundName] = {}
        for binding in self._module.scope.bindings.values():
            for store in binding.stores:
                node = store.node
                if not isinstance(node, cst.Assign) or len(node.targets) > 1:
                    continue
                if self._program.is_fallback(store) and isinstance(node.value, (cst.Name, cst.Attribute)):
                    found[node] = self._bound(binding)
        return found

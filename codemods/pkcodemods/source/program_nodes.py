"""What every node of several modules is: its parent, its scope, its binding, its module."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from pkcodemods.source.modules import SourceModule
from pkcodemods.source.scopes import Binding, Scope


class ProgramNodes:
    """The nodes of several modules.

    Attributes:
        modules: the modules.
        parents: the parent of every node.
    """

    def __init__(self, modules: list[SourceModule]) -> None:
        self.modules = modules
        self.parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self._bindings: dict[cst.CSTNode, Binding] = {}
        self._scopes: dict[cst.CSTNode, Scope] = {}
        self._scope_at: dict[cst.CSTNode, Scope] = {}
        self._by_tree: dict[cst.CSTNode, SourceModule] = {}
        for module in modules:
            self.parents.update(module.builder.parents)
            self._bindings.update(module.builder.bindings)
            self._scopes.update(module.builder.scopes)
            self._scope_at.update(module.builder.scope_at)
            self._by_tree[module.tree] = module

    def nodes(self) -> Iterator[cst.CSTNode]:
        """Every node of every module."""
        for module in self.modules:
            yield from module.nodes

    def binding(self, name: cst.CSTNode) -> Binding | None:
        """What a name refers to; None for a builtin, or a name that comes from elsewhere."""
        return self._bindings.get(name)

    def scope_of(self, node: cst.CSTNode) -> Scope:
        """The scope that a function, lambda, class, comprehension or module opens."""
        return self._scopes[node]

    def scope_at(self, node: cst.CSTNode) -> Scope:
        """The scope in which a node is evaluated."""
        current: cst.CSTNode | None = node
        while current is not None:
            if current in self._scope_at:
                return self._scope_at[current]
            parent = self.parents.get(current)
            if parent in self._scopes and isinstance(
                parent, (cst.FunctionDef, cst.ClassDef, cst.Module, cst.Lambda)
            ):
                if isinstance(parent, cst.Module) or current is getattr(parent, "body", None):
                    return self._scopes[parent]
            elif parent in self._scopes:
                return self._scopes[parent]
            current = parent
        raise LookupError("the node is not of this program")

    def module_of(self, node: cst.CSTNode) -> SourceModule:
        """The module that a node stands in."""
        while not isinstance(node, cst.Module):
            node = self.parents[node]
        return self._by_tree[node]

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, from its parent outwards."""
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def is_stored(self, node: cst.CSTNode) -> bool:
        """Whether an expression is the target of an assignment or of `del`."""
        parent = self.parents.get(node)
        if isinstance(parent, (cst.AssignTarget, cst.Del)):
            return True
        if isinstance(parent, (cst.AnnAssign, cst.AugAssign, cst.For, cst.CompFor)):
            return parent.target is node
        if isinstance(parent, cst.AsName):
            return True
        if isinstance(parent, (cst.Element, cst.StarredElement)):
            return self.is_stored(self.parents[parent])
        return False

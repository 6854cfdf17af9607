"""One parsed module, with its scopes."""

from __future__ import annotations

import libcst as cst

from pkcodemods.source.scope_builder import ScopeBuilder
from pkcodemods.source.scopes import Scope


class SourceModule:
    """A parsed module.

    Attributes:
        tree: its tree.
        name: its dotted name, where it is known; it makes relative imports absolute.
        path: where it came from.
        is_package: whether it is an `__init__.py`.
        scope: its scope.
        nodes: every node of code in it, parents first.
    """

    def __init__(
        self,
        tree: cst.Module,
        *,
        name: str | None = None,
        path: str | None = None,
        is_package: bool = False,
    ) -> None:
        self.tree = tree
        self.name = name
        self.path = path
        self.is_package = is_package
        self.builder = ScopeBuilder()
        self.scope: Scope = self.builder.build(tree)
        self.nodes = self.builder.nodes
        self.star_imports = [
            self.imported_module(node)
            for node in self.nodes
            if isinstance(node, cst.ImportFrom) and isinstance(node.names, cst.ImportStar)
        ]

    def imported_module(self, node: cst.ImportFrom) -> str:
        """The dotted name of the module that a `from` statement reads; relative where it cannot be known."""
        module = dotted_name(node.module) or ""
        level = len(node.relative)
        if not level:
            return module
        if self.name is None:
            return "." * level + module
        parts = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
        parts = parts[: len(parts) - level + 1]
        return ".".join([*parts, module] if module else parts)


def dotted_name(node: cst.CSTNode | None) -> str | None:
    """`a.b.c` of names and attributes; None for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        base = dotted_name(node.value)
        return None if base is None else f"{base}.{node.attr.value}"
    return None

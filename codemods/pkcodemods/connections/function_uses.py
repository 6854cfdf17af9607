"""Where the functions of a program are called, and where they are read for something else."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from pkcodemods.api import ClassObject, Function, Other
from pkcodemods.connections.changes import Routine
from pkcodemods.inference import Inference, is_property
from pkcodemods.source import Program


class FunctionUses:
    """Finds the calls of functions, which it looks up once for all of them."""

    def __init__(self, program: Program, inference: Inference) -> None:
        self._program = program
        self._inference = inference
        self._uses: dict[cst.CSTNode, list[cst.CSTNode]] | None = None
        self._properties: set[str] = set()

    def calls_of(self, function: Routine | cst.ClassDef) -> Iterator[cst.CSTNode | None]:
        """The calls of a function or a class; None for a use of it that is none."""
        if self._uses is None:
            self._uses = self._all_uses()
        for use in self._uses.get(function, ()):
            parent = self._program.parents[use]
            if isinstance(function, cst.FunctionDef) and is_property(function):
                yield use
            elif isinstance(parent, cst.Call) and parent.func is use:
                yield parent
            elif not isinstance(parent, cst.Assign) or use is not function:
                yield None

    def is_property(self, name: str) -> bool:
        """Whether a class of the program has a property of that name."""
        if self._uses is None:
            self._uses = self._all_uses()
        return name in self._properties

    def _all_uses(self) -> dict[cst.CSTNode, list[cst.CSTNode]]:
        """Where each function is read."""
        uses: dict[cst.CSTNode, list[cst.CSTNode]] = {}
        methods: dict[str, list[cst.FunctionDef]] = {}
        for node in self._program.nodes():
            if isinstance(node, cst.FunctionDef) and self._is_method(node):
                methods.setdefault(node.name.value, []).append(node)
                if is_property(node):
                    self._properties.add(node.name.value)
        for node in self._program.nodes():
            if not isinstance(node, (cst.Name, cst.Attribute, cst.Lambda)) or self._program.is_stored(node):
                continue
            if isinstance(node, cst.Attribute):
                for method in methods.get(node.attr.value, ()):
                    if is_property(method) or self._may_be_any(node):
                        uses.setdefault(method, []).append(node)
            if isinstance(node, cst.Name) and self._names_part(node):
                continue
            for atom in self._inference.value(node):
                if isinstance(atom, ClassObject) and not self._is_type(node):
                    uses.setdefault(atom.node, []).append(node)
                if isinstance(atom, Function):
                    for routine in {atom.node, atom.called, atom.stands_for or atom.node}:
                        uses.setdefault(routine, []).append(node)
        return uses

    def _is_method(self, function: cst.FunctionDef) -> bool:
        return isinstance(self._program.scope_at(function).node, cst.ClassDef)

    def _may_be_any(self, node: cst.Attribute) -> bool:
        """Whether an attribute may be a method of the program, though it is not known of which object."""
        value = self._inference.value(node)
        return not value or any(atom in (Other.UNKNOWN, Other.STDLIB) for atom in value)

    def _is_type(self, node: cst.CSTNode) -> bool:
        """Whether a name stands in an annotation."""
        return any(isinstance(around, cst.Annotation) for around in self._program.ancestors(node))

    def _names_part(self, node: cst.Name) -> bool:
        """Whether a name is that of an attribute, a parameter, a definition or an import."""
        parent = self._program.parents[node]
        return (
            (isinstance(parent, cst.Attribute) and parent.attr is node)
            or (isinstance(parent, (cst.FunctionDef, cst.ClassDef, cst.Param)) and parent.name is node)
            or (isinstance(parent, cst.Arg) and parent.keyword is node)
            or isinstance(parent, (cst.ImportAlias, cst.AsName))
        )

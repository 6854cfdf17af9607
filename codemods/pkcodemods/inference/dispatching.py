"""`functools.singledispatch`: one name for several functions, of which the first argument's type chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from pkcodemods.api import UNKNOWN, Function, Value
from pkcodemods.source import definition_of

if TYPE_CHECKING:
    from pkcodemods.inference.solver import Inference

DISPATCH = "functools.singledispatch"


class DispatchFlow:
    """Knows the functions that are registered with others, for an `Inference`."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._registering: dict[cst.CSTNode, list[cst.CSTNode]] | None = None

    def registered(self, node: cst.FunctionDef) -> Value:
        """What calling a function under `@singledispatch` may call instead of it."""
        if self._registering is None:
            self._registering = self._attributes()
        found: Value = frozenset()
        for attribute in self._registering.get(node, ()):
            found |= self._by(attribute)
        return found

    def _attributes(self) -> dict[cst.CSTNode, list[cst.CSTNode]]:
        """The attributes of such functions that are read, by the function."""
        program = self._inference.program
        found: dict[cst.CSTNode, list[cst.CSTNode]] = {}
        for node in program.nodes():
            binding = definition_of(program, node.value) if isinstance(node, cst.Attribute) else None
            store = binding.sole_store() if binding is not None else None
            if store is not None and isinstance(store.node, cst.FunctionDef):
                found.setdefault(store.node, []).append(node)
        return found

    def _by(self, node: cst.CSTNode) -> Value:
        """The function that `on_message.register` registers; unknown for every other use of an attribute."""
        program = self._inference.program
        assert isinstance(node, cst.Attribute)
        around = program.parents[node]
        if node.attr.value != "register":
            return UNKNOWN
        if isinstance(around, cst.Call) and around.func is node:
            if len(around.args) == 2 and not any(given.star or given.keyword for given in around.args):
                return self._inference.value(around.args[1].value)
            around = program.parents[around] if len(around.args) == 1 else around
        function = program.parents[around] if isinstance(around, cst.Decorator) else None
        is_only = isinstance(function, cst.FunctionDef) and len(function.decorators) == 1
        return frozenset({Function(function)}) if is_only else UNKNOWN  # type: ignore[arg-type]

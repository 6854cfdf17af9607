"""Functions that look names up while they run: `eval`, `locals`, `globals`, ..."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import SHIMS, Kind, Value, kinds_in
from pkcodemods.inference.solver import Inference
from pkcodemods.inference.used_functions import is_read, used_functions
from pkcodemods.source import CLASS_CELL, Program, descendants, introspecting_names, introspection
from pkcodemods.stdlib import FRAME_READERS


class IntrospectionFinder:
    """Finds the handlers from which such a function is reached that has a room or the like at hand.

    Args:
        program: the modules.
        inference: what is where.
        known: what was found for handlers before, which then got views; it is added to.
    """

    def __init__(self, program: Program, inference: Inference, known: dict[cst.CSTNode, str]) -> None:
        self._program = program
        self._inference = inference
        self._known = known
        self._found: dict[cst.CSTNode, str | None] = {}

    def reached_from(self, handler: cst.CSTNode, *, in_class: bool = False) -> str | None:
        """What looks names up in a handler, or in a function that it uses and that has such objects.

        Args:
            handler: the handler.
            in_class: whether it stays in its class, where `super` finds what it did.
        """
        if handler not in self._known:
            names = (name.value for name in introspecting_names(self._program, handler))
            own = next((name for name in names if not in_class or name not in CLASS_CELL), None)
            found = own or self._frame_reader(handler) or self._reached(handler)
            if found is None:
                return None
            self._known[handler] = found
        return self._known[handler]

    def _reached(self, handler: cst.CSTNode) -> str | None:
        seen: set[cst.CSTNode] = {handler}
        waiting = [handler]
        while waiting:
            for function in used_functions(self._inference, waiting.pop()):
                if function in seen:
                    continue
                seen.add(function)
                waiting.append(function)
                found = self._with_objects(function)
                if found is not None:
                    return found
        return None

    def _with_objects(self, function: cst.CSTNode) -> str | None:
        if function not in self._found:
            callee = introspection(self._program, function)
            if callee in CLASS_CELL or not self._has_objects(function):
                callee = None
            self._found[function] = callee or self._frame_reader(function)
        return self._found[function]

    def _frame_reader(self, function: cst.CSTNode) -> str | None:
        """What in a function reads its callers' frames, which hold the room, if anything does."""
        for node in descendants(function):
            if is_read(self._program, node) and self._program.qualified_name(node) in FRAME_READERS:
                return cst.Module([]).code_for_node(node)
        return None

    def _has_objects(self, function: cst.CSTNode) -> bool:
        assert isinstance(function, (cst.FunctionDef, cst.Lambda))
        parameters = function.params
        values: list[Value] = [
            self._inference.value(parameter.name)
            for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
        ]
        values += [
            self._inference.value(node) for node in descendants(function) if is_read(self._program, node)
        ]
        return any(kind in SHIMS or kind is Kind.CONNECTIONS for value in values for kind in kinds_in(value))

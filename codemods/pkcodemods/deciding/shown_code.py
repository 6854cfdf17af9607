"""Code that inspects code: tracebacks, sources and signatures, which differ in the class form."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import libcst as cst

from pkcodemods.api import TYPES, UNKNOWN, Function
from pkcodemods.findings import Problem, problem
from pkcodemods.inference import Inference, reached_functions

_TRACEBACKS = frozenset(
    f"traceback.{name}"
    for name in ("format_exc", "format_exception", "format_stack", "format_tb", "extract_stack", "extract_tb")
)
_DESCRIBING = frozenset(
    f"inspect.{name}"
    for name in ("getsource", "getsourcelines", "signature", "getfullargspec", "getmodule", "getcomments")
)


class ShownCode:
    """Finds code that inspects handlers.

    Args:
        inference: what is where.
        handlers: the handlers of all parties that become classes.
    """

    def __init__(self, inference: Inference, handlers: Collection[cst.CSTNode]) -> None:
        self._inference = inference
        self._program = inference.program
        self._handlers = handlers

    def note(self, node: cst.CSTNode, *, has_handlers: bool) -> Problem | None:
        """The note that a node inspects code which changes, if it does.

        Args:
            node: any node.
            has_handlers: whether handlers stand in its module; else only what these reach matters.
        """
        if isinstance(node, cst.Attribute) and node.attr.value == "__module__":
            is_type = self._inference.annotations.legacy_name(node.value) in TYPES
            return problem("PK302", node, word="__module__") if is_type and has_handlers else None
        name = self._program.qualified_name(node.func) if isinstance(node, cst.Call) else None
        if name is None or not isinstance(node, cst.Call):
            return None
        shows = (name in _TRACEBACKS and (has_handlers or self._is_reached(node))) or (
            name in _DESCRIBING and self._is_given_handler(node, certain=not has_handlers)
        )
        return problem("PK302", node, word=name.rpartition(".")[2]) if shows else None

    def _is_given_handler(self, node: cst.Call, *, certain: bool) -> bool:
        value = self._inference.value(node.args[0].value) if node.args else UNKNOWN
        if value & UNKNOWN and not certain:
            return True
        return any(isinstance(atom, Function) and atom.called in self._handlers for atom in value)

    def _is_reached(self, node: cst.CSTNode) -> bool:
        return any(around in self._reached for around in self._program.ancestors(node))

    @cached_property
    def _reached(self) -> frozenset[cst.CSTNode]:
        return frozenset(reached_functions(self._inference, self._handlers))

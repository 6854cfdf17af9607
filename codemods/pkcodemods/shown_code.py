"""Code that shows code: tracebacks, sources and signatures, which are others in the class form."""

from __future__ import annotations

from collections.abc import Container

import libcst as cst

from pkcodemods.findings import Problem, problem
from pkcodemods.inference import Inference
from pkcodemods.kinds import UNKNOWN, Function
from pkcodemods.vocabulary import TYPES

_TRACEBACKS = frozenset(
    f"traceback.{name}"
    for name in ("format_exc", "format_exception", "format_stack", "format_tb", "extract_stack", "extract_tb")
)
_DESCRIBING = frozenset(
    f"inspect.{name}"
    for name in ("getsource", "getsourcelines", "signature", "getfullargspec", "getmodule", "getcomments")
)


def shown_code(inference: Inference, node: cst.CSTNode, handlers: Container[cst.CSTNode]) -> Problem | None:
    """The note that something shows code of the module, if it does.

    Args:
        inference: what is where.
        node: any node.
        handlers: the functions that are handlers.
    """
    if isinstance(node, cst.Attribute):
        is_module = node.attr.value == "__module__" and inference.annotations.legacy_name(node.value) in TYPES
        return problem("PK302", node, word="__module__") if is_module else None
    if not isinstance(node, cst.Call):
        return None
    name = inference.program.qualified_name(node.func)
    shows = name in _TRACEBACKS or (name in _DESCRIBING and _is_given_handler(inference, node, handlers))
    return problem("PK302", node, word=name.rpartition(".")[2]) if shows and name is not None else None


def _is_given_handler(inference: Inference, node: cst.Call, handlers: Container[cst.CSTNode]) -> bool:
    value = inference.value(node.args[0].value) if node.args else UNKNOWN
    return bool(value & UNKNOWN) or any(
        isinstance(atom, Function) and atom.called in handlers for atom in value
    )

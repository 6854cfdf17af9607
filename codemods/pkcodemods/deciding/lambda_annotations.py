"""What a method returns that is made of a lambda, in a module whose other functions are annotated.

A lambda needs no annotations where it stands in an object of a known type; a method without any would be an
error for strict type checkers.
"""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import Atom, Function, Kind
from pkcodemods.inference import Inference
from pkcodemods.parties import Entry, Party
from pkcodemods.source import SourceModule

_RESULTS = {"send": "object", "broadcast": "object", "close": "None"}
"""What methods of rooms and connections return; the first two something to await, which may be ignored."""


def is_typed(module: SourceModule) -> bool:
    """Whether a module has functions, and all of them have annotations for everything."""
    functions = [node for node in module.nodes if isinstance(node, cst.FunctionDef)]
    return bool(functions) and all(map(_is_annotated, functions))


def annotation_of_result(
    inference: Inference, party: Party, entry: Entry, function: cst.Lambda
) -> cst.Annotation | None:
    """The return annotation of the method that a lambda becomes; None if the method gets no annotations.

    Its own type has to be known to the type checker already, or annotations might bring new errors.

    Args:
        inference: what is where.
        party: the party, whose module is typed.
        entry: the handler.
        function: the lambda.
    """
    parameters, handler = function.params, entry.handler
    every = [*parameters.posonly_params, *parameters.params]
    is_plain = (
        len(every) <= len(handler.offered)
        and not parameters.kwonly_params
        and not isinstance(parameters.star_arg, cst.Param)
        and parameters.star_kwarg is None
        and all(parameter.default is None for parameter in every)
    )
    if not party.certain or handler.answers or not is_plain:
        return None
    body = function.body
    if isinstance(body, cst.Call):
        returns = _result_of(inference, body)
    elif isinstance(body, cst.Name):
        returns = "None" if body.value == "None" else ""
    else:
        returns = "object"
    return cst.Annotation(cst.Name(returns)) if returns else None


def _result_of(inference: Inference, call: cst.Call) -> str:
    """The type of what a call returns: `None` or `object`; empty where it is not known."""
    function = call.func
    if isinstance(function, cst.Attribute) and function.attr.value in _RESULTS:
        owner = inference.value(function.value)
        is_known = bool(owner) and owner <= {Kind.ROOM, Kind.CONNECTION}
        return _RESULTS[function.attr.value] if is_known else ""
    callees = inference.value(function)
    return "None" if callees and all(map(_returns_none, callees)) else ""


def _returns_none(callee: Atom) -> bool:
    """Whether a callee is a plain function of the program with the annotation `-> None`."""
    return (
        isinstance(callee, Function)
        and callee.wrapper is None
        and isinstance(callee.node, cst.FunctionDef)
        and callee.node.asynchronous is None
        and not callee.node.decorators
        and callee.node.returns is not None
        and isinstance(callee.node.returns.annotation, cst.Name)
        and callee.node.returns.annotation.value == "None"
    )


def _is_annotated(function: cst.FunctionDef) -> bool:
    parameters = function.params
    every = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
    if every and every[0].name.value in ("self", "cls"):
        del every[0]
    return function.returns is not None and all(parameter.annotation is not None for parameter in every)

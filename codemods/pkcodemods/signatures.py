"""Which arguments a handler takes, as `inspect.signature` would say when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from pkcodemods.handlers import Handler
from pkcodemods.inference import Inference
from pkcodemods.kinds import Function, Imported, Partial, Value


@dataclass(frozen=True, slots=True)
class Signature:
    """The positional parameters of a function, as far as a caller can give them.

    Attributes:
        function: the function that is called in the end.
        positional: its parameters that a caller can give by position.
        takes_all: whether it has `*args`.
        required: how many of them have no default.
        keyword_only: whether it cannot be called without a keyword.
    """

    function: cst.FunctionDef | cst.Lambda
    positional: tuple[cst.Param, ...]
    takes_all: bool
    required: int
    keyword_only: bool

    @property
    def is_async(self) -> bool:
        """Whether it is an `async def`."""
        return isinstance(self.function, cst.FunctionDef) and self.function.asynchronous is not None

    def taken(self, handler: Handler) -> int:
        """How many of the offered arguments it takes."""
        offered = len(handler.offered)
        return offered if self.takes_all else min(offered, len(self.positional))

    def objection(self, handler: Handler) -> str | None:
        """Why it cannot be called with what the handler is offered, if so."""
        if self.required > len(handler.offered):
            return f"it wants {self.required} arguments, and is offered {len(handler.offered)}"
        if self.keyword_only:
            return "it has a parameter that can only be given by keyword"
        return None


def own_signature(function: cst.FunctionDef | cst.Lambda, *, bound: bool = False) -> Signature:
    """The signature of a function as it is written.

    Args:
        function: the function.
        bound: whether its first parameter is given already.
    """
    parameters = function.params
    positional = (*parameters.posonly_params, *parameters.params)[1 if bound else 0 :]
    return Signature(
        function,
        positional,
        isinstance(parameters.star_arg, cst.Param),
        sum(1 for parameter in positional if parameter.default is None),
        any(parameter.default is None for parameter in parameters.kwonly_params),
    )


class SignatureReader:
    """Finds the signature of what an expression evaluates to."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def of_value(self, value: Value) -> Signature | None:
        """The signature of a callable; None if it cannot be known, or differs."""
        found: list[Signature] = []
        for atom in value:
            if isinstance(atom, Function):
                found.append(self._of_function(atom))
            elif isinstance(atom, Partial):
                partial = self._of_partial(atom.call)
                if partial is None:
                    return None
                found.append(partial)
            else:
                return None
        if not found or any(_shape(signature) != _shape(found[0]) for signature in found):
            return None
        return found[0]

    def _of_function(self, atom: Function) -> Signature:
        wrapped = self._wrapped(atom.node)
        if wrapped is not None:
            return wrapped
        return own_signature(atom.node, bound=atom.receiver is not None)

    def _wrapped(self, node: cst.FunctionDef | cst.Lambda) -> Signature | None:
        """The signature that `functools.wraps` gives a function."""
        if not isinstance(node, cst.FunctionDef):
            return None
        for decorator in node.decorators:
            call = decorator.decorator
            if isinstance(call, cst.Call) and Imported("functools.wraps") in self._inference.value(call.func):
                functions = [a for a in self._inference.value(call.args[0].value) if isinstance(a, Function)]
                signatures = [own_signature(f.node, bound=f.receiver is not None) for f in functions]
                if signatures and all(_shape(s) == _shape(signatures[0]) for s in signatures):
                    return signatures[0]
        return None

    def _of_partial(self, call: cst.Call) -> Signature | None:
        function, *given = call.args
        if any(argument.star for argument in given):
            return None
        inner = self.of_value(self._inference.value(function.value))
        if inner is None:
            return None
        positional: Sequence[cst.Param] = inner.positional[sum(1 for a in given if a.keyword is None) :]
        by_keyword = {argument.keyword.value for argument in given if argument.keyword is not None}
        for index, parameter in enumerate(positional):
            if parameter.name.value in by_keyword:  # it and those behind it are keyword-only from now on
                positional = positional[:index]
                break
        required = sum(1 for parameter in positional if parameter.default is None)
        return Signature(inner.function, tuple(positional), inner.takes_all, required, inner.keyword_only)


def _shape(signature: Signature) -> tuple[int, bool, int, bool, bool]:
    return (
        len(signature.positional),
        signature.takes_all,
        signature.required,
        signature.keyword_only,
        signature.is_async,
    )

"""Which arguments a handler takes, as `inspect.signature` would say when it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from pkcodemods.api import Atom, Function, Handler, Imported, Instance, Partial, Value
from pkcodemods.inference import Inference, wraps_another
from pkcodemods.source import gives_something


@dataclass(frozen=True, slots=True)
class Signature:
    """The positional parameters of a function, as far as a caller can give them.

    Attributes:
        function: the function that gets the arguments in the end.
        positional: its parameters that a caller can give by position.
        takes_all: whether it has `*args`.
        required: how many of them have no default.
        keywords: the names of those parameters that have no default and can only be given by keyword.
        is_async: whether calling it gives something to await: what is called is an `async def`.
        returns: whether calling it may give anything but None.
        stands_for: the decorated function that it says to be.
    """

    function: cst.FunctionDef | cst.Lambda
    positional: tuple[cst.Param, ...]
    takes_all: bool
    required: int
    keywords: frozenset[str]
    is_async: bool
    returns: bool = True
    stands_for: cst.FunctionDef | None = None

    def taken(self, handler: Handler) -> int:
        """How many of the offered arguments it takes."""
        offered = len(handler.offered)
        if self.takes_all or self.required > offered:  # a wrapper may add arguments of its own
            return offered
        return min(offered, len(self.positional))

    def objection(self, handler: Handler) -> str | None:
        """Why it cannot be called with what the handler is offered, if so."""
        if self.required > len(handler.offered):
            return f"it wants {self.required} arguments, and is offered {len(handler.offered)}"
        if self.keywords:
            return f"its `{min(self.keywords)}` can only be given by keyword"
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
        _without_default(parameters.kwonly_params),
        isinstance(function, cst.FunctionDef) and function.asynchronous is not None,
        not isinstance(function, cst.FunctionDef) or gives_something(function),
    )


class SignatureReader:
    """Finds the signature of what an expression evaluates to."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def of_value(self, value: Value) -> Signature | None:
        """The signature of a callable; None if it cannot be known, or differs."""
        found = [self._of_atom(atom) for atom in value]
        first = found[0] if found else None
        if first is None or any(
            signature is None or _shape(signature) != _shape(first) for signature in found
        ):
            return None
        return replace(first, returns=any(signature.returns for signature in found if signature is not None))

    def _of_atom(self, atom: Atom) -> Signature | None:
        if isinstance(atom, Function):
            return self._of_function(atom)
        if isinstance(atom, Partial):
            return self._of_partial(atom.call)
        if isinstance(atom, Instance):
            return self.of_value(self._inference.attributes.of(atom, "__call__"))
        return None

    def _of_function(self, atom: Function) -> Signature | None:
        own = own_signature(atom.called, bound=atom.receiver is not None)
        if not own.takes_all or not wraps_another(self._inference, atom.called):
            return replace(own, stands_for=atom.stands_for)
        if atom.wrapper is not None or atom.stands_for is not None:
            function = atom.stands_for or atom.node
            wrapped: Signature | None = own_signature(function, bound=atom.receiver is not None)
            inner = own_signature(atom.node)
            if wrapped is not None and atom.stands_for is not None and _takes_the_same(inner, wrapped):
                wrapped = replace(inner, stands_for=atom.stands_for)  # it gets them first
        else:
            wrapped = self._wrapped(atom.called)
        return None if wrapped is None else replace(wrapped, is_async=own.is_async, returns=own.returns)

    def _wrapped(self, node: cst.FunctionDef | cst.Lambda) -> Signature | None:
        """The signature of what a function wraps by `functools.wraps`."""
        assert isinstance(node, cst.FunctionDef)
        for decorator in node.decorators:
            call = decorator.decorator
            if isinstance(call, cst.Call) and Imported("functools.wraps") in self._inference.value(call.func):
                return self.of_value(self._inference.value(call.args[0].value)) if call.args else None
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
        keywords = inner.keywords
        for index, parameter in enumerate(positional):
            if parameter.name.value in by_keyword:  # it and those behind it are keyword-only from now on
                keywords |= _without_default(positional[index:])
                positional = positional[:index]
                break
        required = sum(1 for parameter in positional if parameter.default is None)
        return replace(inner, positional=tuple(positional), required=required, keywords=keywords - by_keyword)


def _without_default(parameters: Iterable[cst.Param]) -> frozenset[str]:
    return frozenset(parameter.name.value for parameter in parameters if parameter.default is None)


def _takes_the_same(signature: Signature, other: Signature) -> bool:
    """Whether two functions can be given the same arguments by position."""
    return not signature.takes_all and (len(signature.positional), signature.required) == (
        len(other.positional),
        other.required,
    )


def _shape(signature: Signature) -> tuple[object, ...]:
    return (
        len(signature.positional),
        signature.takes_all,
        signature.required,
        signature.keywords,
        signature.is_async,
    )

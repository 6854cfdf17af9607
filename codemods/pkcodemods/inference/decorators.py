"""What decorators make of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from pkcodemods.api import Function, Imported, Value
from pkcodemods.inference.dispatching import DISPATCH, DispatchFlow
from pkcodemods.source import definition_of

if TYPE_CHECKING:
    from pkcodemods.inference.solver import Inference
    from pkcodemods.source import Program

# The function can be called as before; what calling it gives is the same, or made of the same.
_TRANSPARENT = frozenset(
    {
        *("builtins.staticmethod", "builtins.classmethod", "builtins.property"),
        *("functools.cache", "functools.lru_cache", "functools.cached_property"),
        *("abc.abstractmethod", "typing.final", "typing.override", "typing.no_type_check", "typing.overload"),
        *("typing_extensions.override", "contextlib.contextmanager", "contextlib.asynccontextmanager"),
    }
)
_PROPERTIES = ("property", "cached_property", "getter")


class DecoratorFlow:
    """Evaluates decorated functions for an `Inference`."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._dispatch = DispatchFlow(inference)
        self._passing: dict[cst.CSTNode, bool] = {}

    def value(self, node: cst.FunctionDef) -> Value:
        """The function under its decorators."""
        value: Value = frozenset({Function(node)})
        for decorator in reversed(node.decorators):
            value = self._decorated(node, decorator, value)
        return value

    def _decorated(self, node: cst.FunctionDef, decorator: cst.Decorator, value: Value) -> Value:
        expression = decorator.decorator
        called = expression.func if isinstance(expression, cst.Call) else expression
        name = self._inference.program.qualified_name(called)
        if name in _TRANSPARENT or _is_accessor(called):
            return value
        if name == DISPATCH and expression is called:
            return value | self._dispatch.registered(node)
        if isinstance(called, cst.Attribute) and called.attr.value == "register" and self._dispatches(called):
            return value
        given = self._inference.calls.apply(decorator, self._inference.value(expression), [value])
        wrappers = [atom.node for atom in given if isinstance(atom, Function)]
        if len(wrappers) != len(given) or len(wrappers) != 1 or not self._is_own(node, value, wrappers[0]):
            return given
        if self.passes_on(wrappers[0]):  # each function goes with its own arguments, though all share it
            (inner,) = value
            if isinstance(inner, Function) and inner.stands_for is not None:
                return frozenset({Function(inner.node, None, wrappers[0], inner.stands_for)})
            return frozenset({Function(node, None, wrappers[0])})
        if wraps_another(self._inference, wrappers[0]):
            return frozenset({Function(wrappers[0], stands_for=node)})
        return given

    def _dispatches(self, register: cst.Attribute) -> bool:
        """Whether a decorator is `on_message.register` of a function under `@singledispatch`."""
        program = self._inference.program
        binding = definition_of(program, register.value)
        store = binding.sole_store() if binding is not None else None
        owner = store.node if store is not None else None
        return isinstance(owner, cst.FunctionDef) and any(
            program.qualified_name(item.decorator) == DISPATCH for item in owner.decorators
        )

    def _is_own(self, node: cst.FunctionDef, value: Value, wrapper: cst.FunctionDef | cst.Lambda) -> bool:
        """Whether a wrapper stands in front of this very function, or of what stands for it."""
        if len(value) != 1:
            return False
        (inner,) = value
        if not isinstance(inner, Function) or (inner.stands_for or inner.node) is not node:
            return False
        if inner.stands_for is not None:
            return wraps_another(self._inference, wrapper)
        between = inner.wrapper
        return (
            between is None
            or wraps_another(self._inference, between)
            or not wraps_another(self._inference, wrapper)
        )

    def passes_on(self, wrapper: cst.CSTNode) -> bool:
        """Whether a wrapper does nothing with its arguments but call the function with them:
        `def inner(*args, **kwargs): return function(*args, **kwargs)`."""
        known = self._passing.get(wrapper)
        if known is None:
            known = self._passing[wrapper] = isinstance(wrapper, cst.FunctionDef) and passes_on(
                self._inference.program, wrapper
            )
        return known


def passes_on(program: Program, wrapper: cst.FunctionDef) -> bool:
    """See `DecoratorFlow.passes_on`."""
    parameters = wrapper.params
    if parameters.params or parameters.posonly_params or parameters.kwonly_params:
        return False
    stars = [star for star in (parameters.star_arg, parameters.star_kwarg) if isinstance(star, cst.Param)]
    if not isinstance(parameters.star_arg, cst.Param):
        return False
    for star in stars:
        binding = program.binding(star.name)
        if binding is None or len(binding.stores) != 1:
            return False
        for load in binding.loads:
            argument = program.parents[load]
            if not isinstance(argument, cst.Arg) or argument.star not in ("*", "**"):
                return False
            call = program.parents[argument]
            if not isinstance(call, cst.Call) or not _is_outer_parameter(program, wrapper, call.func):
                return False
            if any(not given.star for given in call.args):
                return False
    return True


def _is_outer_parameter(program: Program, wrapper: cst.FunctionDef, callee: cst.CSTNode) -> bool:
    binding = program.binding(callee)
    store = binding.sole_store() if binding is not None else None
    return (
        store is not None
        and isinstance(store.node, cst.Param)
        and binding is not None
        and binding.scope.node is not wrapper
    )


def wraps_another(inference: Inference, node: cst.FunctionDef | cst.Lambda) -> bool:
    """Whether a function says by `functools.wraps` that it stands for another."""
    return isinstance(node, cst.FunctionDef) and any(
        isinstance(decorator.decorator, cst.Call)
        and Imported("functools.wraps") in inference.value(decorator.decorator.func)
        for decorator in node.decorators
    )


def is_static(node: cst.FunctionDef) -> bool:
    """Whether it is a `@staticmethod`."""
    return _has_decorator(node, ("staticmethod",))


def is_classmethod(node: cst.FunctionDef) -> bool:
    """Whether it is a `@classmethod`."""
    return _has_decorator(node, ("classmethod",))


def is_property(node: cst.FunctionDef) -> bool:
    """Whether reading the attribute calls it."""
    return _has_decorator(node, _PROPERTIES)


def _has_decorator(node: cst.FunctionDef, names: tuple[str, ...]) -> bool:
    return any(
        (isinstance(item.decorator, cst.Name) and item.decorator.value in names)
        or (isinstance(item.decorator, cst.Attribute) and item.decorator.attr.value in names)
        for item in node.decorators
    )


def _is_accessor(node: cst.BaseExpression) -> bool:
    """`@name.setter`, `@name.deleter`."""
    return isinstance(node, cst.Attribute) and node.attr.value in ("setter", "deleter", "getter")

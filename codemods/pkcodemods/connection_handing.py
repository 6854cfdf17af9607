"""The mapping and its views as arguments of functions that are done with them when they return."""

from __future__ import annotations

import libcst as cst

from pkcodemods.child_nodes import descendants
from pkcodemods.connection_uses import VIEWS
from pkcodemods.inference import Inference
from pkcodemods.kinds import Function
from pkcodemods.program import Program
from pkcodemods.scopes import Binding

_AT_ONCE = frozenset(
    f"builtins.{name}"
    for name in ("len", "list", "set", "frozenset", "tuple", "dict", "sorted", "any", "all", "min", "max")
) | {"builtins.bool", "builtins.sum"}
"""Are done with what they are called with when they return."""


_PAUSES = (cst.Await, cst.Yield, cst.Asynchronous)
"""Where a coroutine may let others have their turn."""


class ConnectionHanding:
    """Finds the uses that hand the mapping, or a view of it, to such functions: a snapshot does for them."""

    def __init__(self, program: Program, inference: Inference) -> None:
        self._program = program
        self._inference = inference

    def view(self, node: cst.CSTNode) -> tuple[cst.CSTNode, str] | None:
        """The view of a mapping that is an argument of such functions, and which."""
        attribute_ = self._program.parents[node]
        view = self._program.parents[attribute_]
        if not isinstance(view, cst.Call):
            return None
        base, what = view_of(view)
        return (view, what) if base is node and what and self.is_handed(view) else None

    def is_handed(self, node: cst.CSTNode) -> bool:
        """Whether the mapping, or a view of it, is an argument of functions that are done with it when they
        return."""
        argument = self._program.parents[node]
        if not isinstance(argument, cst.Arg) or argument.star:
            return False
        outer = self._program.parents[argument]
        if not isinstance(outer, cst.Call):
            return False
        callees = self._inference.value(outer.func)
        return bool(callees) and all(
            isinstance(atom, Function) and self._only_reads(atom, argument, outer) for atom in callees
        )

    def _only_reads(self, called: Function, argument: cst.Arg, call: cst.Call) -> bool:
        function = called.node
        if called.wrapper is not None or closes(function):
            return False
        if runs_later(function) and not self._is_awaited_at_once(function, call):
            return False
        places = [*function.params.posonly_params, *function.params.params]
        if called.receiver is not None:
            del places[:1]
        if argument.keyword is not None:
            places = [place for place in places if place.name.value == argument.keyword.value]
        else:
            index = call.args.index(argument)
            places = places[index : index + 1]
        binding = self._program.binding(places[0].name) if places else None
        return (
            binding is not None
            and len(binding.stores) == 1
            and all(
                self._is_passing(load) and self._program.scope_at(load).function().node is function
                for load in binding.loads
            )
            and not (runs_later(function) and self._is_read_late(function, binding))
        )

    def _is_awaited_at_once(self, function: cst.FunctionDef | cst.Lambda, call: cst.Call) -> bool:
        """`await send_all(...)`, which starts before anything else happens."""
        return isinstance(self._program.parents[call], cst.Await) and not is_generator(function)

    def _is_read_late(self, function: cst.FunctionDef | cst.Lambda, binding: Binding) -> bool:
        """Whether a parameter of a coroutine is read when others may have had their turn."""
        assert isinstance(function, cst.FunctionDef)
        loads = set(binding.loads)
        for statement in function.body.body:
            head = statement.iter if isinstance(statement, cst.For) else statement
            pauses = any(isinstance(node, _PAUSES) for node in descendants(head))
            here = {node for node in descendants(head) if node in loads}
            if here and pauses:
                return True
            loads -= here
            if pauses or any(isinstance(node, _PAUSES) for node in descendants(statement)):
                return bool(loads)
        return False

    def _is_passing(self, load: cst.CSTNode) -> bool:
        """Whether a read of the mapping in a helper keeps nothing of it."""
        parent = self._program.parents.get(load)
        if isinstance(parent, cst.Arg):
            outer = self._program.parents[parent]
            if not isinstance(outer, cst.Call):
                return False
            is_join = isinstance(outer.func, cst.Attribute) and outer.func.attr.value == "join"
            return is_join or self._program.qualified_name(outer.func) in _AT_ONCE
        if isinstance(parent, cst.Attribute):
            called = isinstance(self._program.parents[parent], cst.Call)
            return called and parent.attr.value in ("get", "keys", "values", "items", "copy")
        if isinstance(parent, cst.ComparisonTarget):
            return isinstance(parent.operator, (cst.In, cst.NotIn))
        if isinstance(parent, cst.Subscript):
            return not self._program.is_stored(parent)
        return isinstance(parent, (cst.For, cst.CompFor, cst.If, cst.UnaryOperation))


def view_of(value: cst.BaseExpression) -> tuple[cst.BaseExpression, str | None]:
    """What `value` is a view of, and which: `conns` and `keys` for `conns.keys()`; else itself, and None."""
    if not isinstance(value, cst.Call) or not isinstance(value.func, cst.Attribute) or value.args:
        return value, None
    what = value.func.attr.value
    return (value.func.value, what) if what in VIEWS else (value, None)


def closes(function: cst.CSTNode) -> bool:
    """Whether a function mentions a method `close`."""
    return any(
        isinstance(node, cst.Attribute) and node.attr.value == "close" for node in descendants(function)
    )


def runs_later(function: cst.FunctionDef | cst.Lambda) -> bool:
    """Whether a function's body may run after the call."""
    return isinstance(function, cst.FunctionDef) and (
        function.asynchronous is not None or is_generator(function)
    )


def is_generator(function: cst.FunctionDef | cst.Lambda) -> bool:
    """Whether a function yields."""
    return any(isinstance(node, cst.Yield) for node in descendants(function))

"""Where the mapping of connections goes that a function returns, or a context manager gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from pkcodemods.api import Instance
from pkcodemods.connections.changes import Routine
from pkcodemods.connections.held_fields import Held, is_generator
from pkcodemods.inference import Inference
from pkcodemods.source import Program

if TYPE_CHECKING:
    from pkcodemods.connections.arguments import ConnectionHanding

_MANAGERS = ("contextlib.contextmanager", "contextlib.asynccontextmanager")
_ENTERING = ("enter_context", "enter_async_context")


class ConnectionResults:
    """Follows results to the callers, for a `ConnectionHanding`."""

    def __init__(self, program: Program, inference: Inference, handing: ConnectionHanding) -> None:
        self._program = program
        self._inference = inference
        self._handing = handing

    def is_returned(self, node: cst.CSTNode, held: Held) -> bool:
        """Whether every call of a function only reads what it returns, and at once."""
        function = node if isinstance(node, cst.Lambda) else self._handing.function_of(node)
        if function is None or is_generator(function) or self._is_in_cleanup(node, function):
            return False
        if isinstance(function, cst.FunctionDef) and function.name.value in ("__enter__", "__aenter__"):
            return self._is_entered_object(function, held)
        calls = list(self._handing.functions.calls_of(function))
        is_async = isinstance(function, cst.FunctionDef) and function.asynchronous is not None
        for call in calls:
            given = call
            if is_async and call is not None:
                given = self._program.parents[call]
                if not isinstance(given, cst.Await):
                    return False
            moment = self._handing.moment(given) if given is not None else None
            if given is None or moment is None or not self._handing.is_read(given, held, moment):
                return False
        return bool(calls)

    def _is_in_cleanup(self, node: cst.CSTNode, function: Routine) -> bool:
        """Whether something happens between `return` and the caller: `finally`, or the end of a `with`."""
        for around in self._program.ancestors(node):
            if around is function:
                return False
            if isinstance(around, (cst.With, cst.Try, cst.TryStar)):
                return True
        return False

    def is_entered(self, node: cst.Yield, held: Held) -> bool:
        """Whether every `with` over a context manager only reads what that gives, and at once."""
        function = self._handing.function_of(node)
        if not isinstance(function, cst.FunctionDef) or len(function.decorators) != 1:
            return False
        if self._program.qualified_name(function.decorators[0].decorator) not in _MANAGERS:
            return False
        calls = list(self._handing.functions.calls_of(function))
        return bool(calls) and all(call is not None and self.is_entering(call, held) for call in calls)

    def is_entering(self, call: cst.CSTNode, held: Held) -> bool:
        """`with everyone(room) as peers`, `peers = stack.enter_context(everyone(room))`"""
        parent = self._program.parents[call]
        if isinstance(parent, cst.WithItem):
            block = self._program.parents[parent]
            assert isinstance(block, cst.With)
            if parent.asname is None:
                return True
            if block.asynchronous is not None and len(block.items) > 1:
                return False
            moment = self._handing.moment(block.asynchronous or parent)
            return moment is not None and self._handing.is_kept(parent.asname.name, held, moment)
        entering: cst.CSTNode = self._program.parents[parent]
        if not isinstance(parent, cst.Arg) or not _enters(entering):
            return False
        if isinstance(self._program.parents[entering], cst.Await):
            entering = self._program.parents[entering]
        moment = self._handing.moment(entering)
        return moment is not None and self._handing.is_read(entering, held, moment)

    def _is_entered_object(self, method: cst.FunctionDef, held: Held) -> bool:
        """As `is_entered`, for what `__enter__` returns."""
        owner = self._program.scope_at(method).node
        contexts: list[cst.BaseExpression] = []
        for node in self._program.nodes():
            if isinstance(node, cst.WithItem):
                contexts.append(node.item)
            elif isinstance(node, cst.Call) and _enters(node):
                contexts += [argument.value for argument in node.args]
        own = [context for context in contexts if Instance(owner) in self._inference.value(context)]  # type: ignore[arg-type]
        return bool(own) and all(self.is_entering(context, held) for context in own)


def _enters(node: cst.CSTNode) -> bool:
    """Whether it is `stack.enter_context(...)`."""
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in _ENTERING
    )

"""Whether connections may come or go between two places of a function."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from pkcodemods.api import Atom, Box, ClassObject, Function, Imported, Instance, Kind, Other, Partial
from pkcodemods.inference import YIELDED, Inference, reachable_kinds
from pkcodemods.source import Program, child_nodes, constant_string
from pkcodemods.stdlib import is_standard

Routine = cst.FunctionDef | cst.Lambda
_PAUSES = (cst.Await, cst.Yield, cst.Asynchronous)
"""Where a coroutine may yield to the event loop."""

_BY_NAME = ("builtins.getattr", "operator.methodcaller", "operator.attrgetter")
_CLOSABLE = {Kind.ROOM, Kind.CONNECTION, Kind.CONNECTIONS, Kind.SNAPSHOT}
_LOOPS = (cst.For, cst.While)
_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)
_FIRST = (
    (_COMPREHENSIONS, "for_in"),
    ((cst.Assign, cst.AnnAssign, cst.NamedExpr), "value"),
    (cst.For, "iter"),
)
"""What is evaluated before the fields in front of it."""


class ConnectionChanges:
    """Knows where connections may come or go: where a function pauses, and where it may close one."""

    def __init__(self, program: Program, inference: Inference) -> None:
        self._program = program
        self._inference = inference
        self._closing: dict[cst.CSTNode, bool] = {}
        self._places: dict[cst.CSTNode, dict[cst.CSTNode, tuple[int, int]]] = {}
        self._events: dict[cst.CSTNode, list[cst.CSTNode]] = {}

    def is_at_once(self, function: Routine, start: cst.CSTNode | None, end: cst.CSTNode) -> bool:
        """Whether nothing comes or goes from the end of one node to the end of another.

        What happens within the second alone by its being evaluated does not count.

        Args:
            function: the function that both are of.
            start: where to begin; None for the function's own beginning.
            end: where to end.
        """
        places = self._places_in(function)
        if end not in places or (start is not None and start not in places):
            return False  # in a function within that may run at any time
        begins = places[start][1] if start is not None else -1
        around = {end, *self._program.ancestors(end)}
        for event in self._events_in(function):
            if event not in around and begins < places[event][1] <= places[end][1]:
                return False
        return not any(
            self._has_event(function, loop) for loop in self._loops_around(end) if not self._in(loop, start)
        )

    def may_close(self, function: Routine) -> bool:
        """Whether calling a function may close a connection."""
        known = self._closing.get(function)
        if known is None:
            self._closing[function] = False  # a cycle adds nothing
            known = self._closing[function] = any(map(self._closes, own_nodes(function, inner=True)))
        return known

    def _closes(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Attribute):
            return node.attr.value == "close"
        if not isinstance(node, cst.Call):
            return False
        if self._program.qualified_name(node.func) in _BY_NAME:
            names = [constant_string(self._program, argument.value) for argument in node.args[-2:]]
            return "close" in names or not any(names)
        return self._is_foreign(node) or any(
            self.may_close(routine)
            for part in (node.func, *(argument.value for argument in node.args))
            for routine in self._routines(part)
        )

    def _is_foreign(self, call: cst.Call) -> bool:
        """Whether code that was not given gets what may be closed."""
        if not any(map(self._is_unknown, self._inference.value(call.func))):
            return False
        values = [self._inference.value(argument.value) for argument in call.args]
        return any(_CLOSABLE & reachable_kinds(self._inference, value) for value in values)

    def _is_unknown(self, atom: Atom) -> bool:
        if isinstance(atom, Imported):
            return not is_standard(atom.name)
        return atom in (Other.FOREIGN, Other.UNKNOWN)

    def _routines(self, node: cst.BaseExpression) -> Iterator[Routine]:
        for atom in self._inference.value(node):
            if isinstance(atom, Function):
                yield from (atom.node, atom.called)
            elif isinstance(atom, Box) and atom.slot == YIELDED and isinstance(atom.site, cst.FunctionDef):
                yield atom.site
            elif isinstance(atom, (ClassObject, Instance)):
                yield from (n for n in atom.node.body.body if isinstance(n, cst.FunctionDef))
            elif isinstance(atom, Partial):
                yield from self._routines(atom.call.args[0].value)

    def _places_in(self, function: cst.CSTNode) -> dict[cst.CSTNode, tuple[int, int]]:
        """Where each node of a function begins and ends, as numbers that grow."""
        known = self._places.get(function)
        if known is None:
            known = self._places[function] = {}
            _number(function, known)
        return known

    def _events_in(self, function: Routine) -> list[cst.CSTNode]:
        known = self._events.get(function)
        if known is None:
            nodes = own_nodes(function, inner=False)
            known = self._events[function] = [
                node for node in nodes if isinstance(node, _PAUSES) or self._closes(node)
            ]
            around = {a for event in known for a in self._program.ancestors(event)}
            places = self._places_in(function)
            # what was begun in a `with` may go on when that ends
            known += [node for node in around if isinstance(node, cst.With) and node in places]
        return known

    def _has_event(self, function: Routine, loop: cst.CSTNode) -> bool:
        return any(loop in self._program.ancestors(event) for event in self._events_in(function))

    def _in(self, loop: cst.CSTNode, start: cst.CSTNode | None) -> bool:
        return start is not None and loop in self._program.ancestors(start)

    def _loops_around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The loops that evaluate a node again and again."""
        inside = {node}
        for around in self._program.ancestors(node):
            if isinstance(around, cst.FunctionDef):
                return
            if isinstance(around, _LOOPS) and getattr(around, "iter", None) not in inside:
                yield around
            if isinstance(around, _COMPREHENSIONS) and around.for_in.iter not in inside:
                yield around
            inside.add(around)


def _number(function: cst.CSTNode, places: dict[cst.CSTNode, tuple[int, int]]) -> None:
    """Number a function's nodes in the order in which they are evaluated, by and large."""
    stack: list[tuple[cst.CSTNode, int | None]] = [(function, None)]
    count = 0
    while stack:
        node, begin = stack.pop()
        count += 1
        if begin is not None:
            places[node] = (begin, count)
            continue
        stack.append((node, count))
        stack.extend((child, None) for child in reversed(_evaluated(node)))


def _evaluated(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The parts of a node, in the order in which they are evaluated."""
    children = list(child_nodes(node))
    first = next((getattr(node, name) for kind, name in _FIRST if isinstance(node, kind)), None)
    if first is not None:
        children = [first, *(child for child in children if child is not first)]
    if isinstance(node, (cst.For, cst.With)):  # `async` is where it begins to wait
        children.sort(key=lambda child: child is node.body or child is getattr(node, "orelse", None))
    return children


def own_nodes(function: Routine, *, inner: bool) -> Iterator[cst.CSTNode]:
    """The nodes of a function's body, with those of functions in it or without."""
    stack: list[cst.CSTNode] = [function.body]
    while stack:
        node = stack.pop()
        yield node
        if inner or not isinstance(node, (cst.FunctionDef, cst.Lambda)):
            stack.extend(child_nodes(node))

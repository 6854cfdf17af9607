"""Loops over `room.connections` that look each id up again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import libcst as cst

from pkcodemods.source import (
    Binding,
    Edit,
    Program,
    Role,
    ScopeType,
    attribute,
    descendants,
    free_name,
    replace_by,
)

Loop = cst.For | cst.CompFor


@dataclass(slots=True)
class LoopPlan:
    """A loop rewritten to iterate over the connections themselves.

    Attributes:
        edits: for the loop's target and the reads of its id.
        mappings: the uses of the mapping in the loop's body that it takes care of.
        removed: a statement that only looked the connection up.
    """

    edits: dict[cst.CSTNode, Edit] = field(default_factory=dict)
    mappings: set[cst.CSTNode] = field(default_factory=set)
    removed: cst.CSTNode | None = None


class ConnectionLoops:
    """Decides for loops over ids, or ids and connections, whether the ids can be read off the connections.

    Args:
        program: the modules.
        is_mapping: whether an expression is `room.connections`.
        may_close: whether a call may close a connection.
    """

    def __init__(
        self,
        program: Program,
        is_mapping: Callable[[cst.CSTNode], bool],
        may_close: Callable[[cst.Call], bool],
    ) -> None:
        self._may_close = may_close
        self._program = program
        self._is_mapping = is_mapping
        self._chosen: dict[Binding, bool] = {}
        self._named: list[tuple[Loop, str]] = []

    def over_items(self, loop: Loop) -> LoopPlan | None:
        """`for id, peer in connections.items()` as `for peer in get_connections()`."""
        target = loop.target
        if not isinstance(target, cst.Tuple) or len(target.elements) != 2:
            return None
        first, second = (element.value for element in target.elements)
        if not isinstance(first, cst.Name) or not isinstance(second, cst.Name):
            return None
        if first.value == second.value or not self._only_in_loops(first):
            return None
        peer = self._program.binding(second)
        if peer is None or self._stored_inside(peer, loop):
            return None
        plan = LoopPlan({target: lambda updated: cst.Name(second.value)})
        self._read_off(plan, first, loop, second.value)
        return plan

    def over_keys(self, loop: Loop) -> LoopPlan | None:
        """`for id in connections` as `for peer in get_connections()`, with `peer` for `connections[id]`."""
        target = loop.target
        if not isinstance(target, cst.Name) or not self._only_in_loops(target):
            return None
        lookups = [node for node in self._inside(loop) if self._is_lookup(node, target)]
        if lookups and not self._stay_connected(loop, lookups):
            return None
        plan = LoopPlan(mappings={_mapping_in(node) for node in lookups})
        name = self._looked_up_first(loop, lookups, plan) or self._free_name(loop)
        if name is None:
            return None
        self._named.append((loop, name))
        plan.edits[target] = lambda updated: cst.Name(name)
        for node in lookups:
            plan.edits[node] = replace_by(cst.Name(name))
        self._read_off(plan, target, loop, name)
        return plan

    def _read_off(self, plan: LoopPlan, name: cst.Name, loop: Loop, peer: str) -> None:
        binding = self._program.binding(name)
        assert binding is not None
        inside = set(self._inside(loop))
        for load in binding.loads:
            if load in inside:
                plan.edits[load] = replace_by(attribute(cst.Name(peer), "id"))

    def _only_in_loops(self, name: cst.Name) -> bool:
        """Whether a name is only bound by loops, and only read in the same scope inside of them."""
        binding = self._program.binding(name)
        if binding is None or any(store.role is not Role.LOOP for store in binding.stores):
            return False
        if binding.scope.type is ScopeType.MODULE:
            return False
        known = self._chosen.get(binding)
        if known is None:
            loops = [set(self._inside(store.node)) for store in binding.stores]
            known = self._chosen[binding] = all(
                any(load in inside for inside in loops)
                and self._program.scope_at(load).function() is binding.scope.function()
                for load in binding.loads
            ) and not self._nested(binding)
        return known

    def _nested(self, binding: Binding) -> bool:
        loops = [store.node for store in binding.stores]
        return any(
            inner is not outer and outer in self._program.ancestors(inner)
            for inner in loops
            for outer in loops
        )

    def _stay_connected(self, loop: Loop, lookups: list[cst.CSTNode]) -> bool:
        """Whether the loop does nothing by which a connection may go before it is looked up."""
        inside = list(self._inside(loop))
        if any(isinstance(node, (cst.Await, cst.Yield)) for node in inside):
            return False
        closes = [node for node in inside if isinstance(node, cst.Attribute) and node.attr.value == "close"]
        if closes and (len(lookups) > 1 or any(node.value is not lookups[0] for node in closes)):
            return False
        return not any(isinstance(node, cst.Call) and self._may_close(node) for node in inside)

    def _inside(self, loop: cst.CSTNode) -> list[cst.CSTNode]:
        """The nodes where a loop's target has a value that the loop gave it, but for the loop's own head."""
        if isinstance(loop, cst.For):
            return list(descendants(loop.body))
        assert isinstance(loop, cst.CompFor)
        nodes = [node for test in loop.ifs for node in descendants(test)]
        if loop.inner_for_in is not None:
            nodes += descendants(loop.inner_for_in)
        around = self._program.parents[loop]
        while isinstance(around, cst.CompFor):
            around = self._program.parents[around]
        parts = [around.key, around.value] if isinstance(around, cst.DictComp) else [around.elt]  # type: ignore[attr-defined]
        return nodes + [node for part in parts for node in descendants(part)]

    def _stored_inside(self, binding: Binding, loop: Loop) -> bool:
        inside = set(self._inside(loop))
        return any(store.name in inside for store in binding.stores if store.node is not loop)

    def _is_lookup(self, node: cst.CSTNode, id_name: cst.Name) -> bool:
        binding = self._program.binding(id_name)
        if isinstance(node, cst.Subscript) and self._is_mapping(node.value) and len(node.slice) == 1:
            index = node.slice[0].slice
            return isinstance(index, cst.Index) and self._program.binding(index.value) is binding
        return (
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and node.func.attr.value == "get"
            and self._is_mapping(node.func.value)
            and len(node.args) == 1
            and self._program.binding(node.args[0].value) is binding
        )

    def _looked_up_first(self, loop: Loop, lookups: list[cst.CSTNode], plan: LoopPlan) -> str | None:
        """The name of `peer = connections[id]`, where that is the first statement of the loop's body."""
        if not isinstance(loop, cst.For) or not isinstance(loop.body, cst.IndentedBlock):
            return None
        first, *rest = loop.body.body
        if not rest or not isinstance(first, cst.SimpleStatementLine) or len(first.body) != 1:
            return None
        assign = first.body[0]
        if not isinstance(assign, cst.Assign) or len(assign.targets) != 1:
            return None
        target = assign.targets[0].target
        if assign.value not in lookups or not isinstance(target, cst.Name):
            return None
        binding = self._program.binding(target)
        if binding is None or any(
            store.node is not assign and store.name in set(self._inside(loop)) for store in binding.stores
        ):
            return None
        if not set(binding.loads) <= set(self._inside(loop)):
            return None
        lookups.remove(assign.value)
        plan.removed = first
        return target.value

    def _free_name(self, loop: Loop) -> str | None:
        around = [loop, *self._program.ancestors(loop)]
        taken = {
            name
            for other, name in self._named
            if other in around or loop in self._program.ancestors(other) or _same_clauses(around, other)
        }
        return free_name(self._program.scope_at(loop.target), taken)


def _mapping_in(lookup: cst.CSTNode) -> cst.CSTNode:
    if isinstance(lookup, cst.Call):
        assert isinstance(lookup.func, cst.Attribute)
        return lookup.func.value
    assert isinstance(lookup, cst.Subscript)
    return lookup.value


def _same_clauses(around: list[cst.CSTNode], other: Loop) -> bool:
    """Whether another loop is a clause of a comprehension that is around."""
    return isinstance(other, cst.CompFor) and any(getattr(node, "for_in", None) is other for node in around)

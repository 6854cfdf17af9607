"""Deciding what becomes of `room.connections`, of its aliases and of the loops over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libcst as cst

from pkcodemods.connection_loops import ConnectionLoops
from pkcodemods.connection_uses import ConnectionUses, Receiver, connections_of, mapping_of
from pkcodemods.edits import attribute
from pkcodemods.inference import Inference
from pkcodemods.kinds import Function, Kind, only
from pkcodemods.plans import UsePlan
from pkcodemods.program import Program, SourceModule
from pkcodemods.scopes import Binding, Role

_SIMPLE_KEYS = (cst.Name, cst.SimpleString, cst.Attribute)


class ConnectionDecider:
    """Decides for every use of the mapping in one module; what it cannot decide it leaves to the caller."""

    def __init__(
        self,
        program: Program,
        inference: Inference,
        module: SourceModule,
        plan: UsePlan,
        gone_rooms: set[Binding],
    ) -> None:
        self._program = program
        self._inference = inference
        self._module = module
        self._plan = plan
        self._gone_rooms = gone_rooms
        self._uses = ConnectionUses(program)
        self._loops = ConnectionLoops(program, self.is_mapping)
        self._handled: set[cst.CSTNode] = set()

    def decide(self) -> list[cst.Attribute]:
        """Plan the edits.

        Returns:
            The uses that have no plain equivalent, each as `room.connections`.
        """
        for node in self._module.nodes:
            if isinstance(node, cst.Assign) and len(node.targets) == 1:
                self._alias(node)
        for node in self._module.nodes:
            if isinstance(node, (cst.For, cst.CompFor)):
                self._loop(node)
        return [node for node, room in self._mappings() if not self._use(node, room)]  # type: ignore[misc]

    def is_mapping(self, node: cst.CSTNode) -> bool:
        """Whether an expression is the live mapping, or a name that will be replaced by it."""
        if isinstance(node, cst.Name):
            return self._program.binding(node) in self._plan.inlined
        return isinstance(node, cst.Attribute) and only(self._inference.value(node), Kind.CONNECTIONS)

    def _mappings(self) -> Iterator[tuple[cst.CSTNode, Receiver]]:
        """The uses that nothing else took care of, each with how its room is found."""
        for node in self._module.nodes:
            if node not in self._handled and self.is_mapping(node):
                yield node, self._receiver(node)

    def _receiver(self, node: cst.CSTNode) -> Receiver:
        if isinstance(node, cst.Name):
            binding = self._program.binding(node)
            assert binding is not None
            room = self._plan.inlined[binding]
            return lambda updated: room
        return lambda updated: updated.value  # type: ignore[attr-defined]

    # aliases

    def _alias(self, node: cst.Assign) -> None:
        """`conns = room.connections`, where every read can as well say what it stands for."""
        target, value = node.targets[0].target, node.value
        if not isinstance(target, cst.Name) or not isinstance(value, cst.Attribute):
            return
        line = self._program.parents[node]
        if not self.is_mapping(value) or not self._can_go(line):
            return
        binding = self._program.binding(target)
        room = self._stable_room(value.value)
        if binding is None or len(binding.stores) != 1 or room is None:
            return
        self._plan.inlined[binding] = room
        if all(self._is_decidable(load) for load in binding.loads):
            self._plan.removed.add(line)
            self._handled |= {value, target}
        else:
            del self._plan.inlined[binding]

    def _can_go(self, line: cst.CSTNode) -> bool:
        """Whether a statement can be taken away without leaving a comment or an empty block behind."""
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            return False
        block = self._program.parents[line]
        if not isinstance(block, cst.IndentedBlock) or len(block.body) == 1:
            return False
        return not line.trailing_whitespace.comment and not any(item.comment for item in line.leading_lines)

    def _stable_room(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """An expression for the room that means the same wherever the alias is read."""
        if not isinstance(node, cst.Name):
            return None
        binding = self._program.binding(node)
        if binding in self._gone_rooms:
            return attribute(cst.Name("self"), "room")
        if binding is not None and len(binding.stores) == 1 and binding.stores[0].role is Role.PARAMETER:
            return cst.Name(node.value)
        return None

    def _is_decidable(self, load: cst.CSTNode) -> bool:
        if not isinstance(load, cst.Name):
            return False
        parent = self._program.parents[load]
        if isinstance(parent, cst.Subscript) and parent.value is load:
            return True
        return self._handed_to_helper(load) or self._uses.decide(load, self._receiver(load)) is not None

    # loops

    def _loop(self, loop: cst.For | cst.CompFor) -> None:
        inner: cst.BaseExpression = loop.iter
        steps: list[str] = []
        if isinstance(inner, cst.Call) and len(inner.args) == 1:
            if self._program.qualified_name(inner.func) not in ("builtins.list", "builtins.tuple"):
                return
            inner = inner.args[0].value
            steps.append("argument")
        what = "keys"
        if isinstance(inner, cst.Call) and isinstance(inner.func, cst.Attribute) and not inner.args:
            what = inner.func.attr.value
            inner = inner.func.value
            steps.append("receiver")
        if what not in ("keys", "items") or not self.is_mapping(inner):
            return
        plan = self._loops.over_items(loop) if what == "items" else self._loops.over_keys(loop)
        if plan is None:
            return
        self._handled |= {inner, *plan.mappings}
        self._plan.edits.update(plan.edits)
        if plan.removed is not None:
            self._plan.removed.add(plan.removed)
        receiver = self._receiver(inner)

        def edit(updated: cst.BaseExpression) -> cst.BaseExpression:
            node = updated
            for step in steps:
                node = node.args[0].value if step == "argument" else node.func.value  # type: ignore[attr-defined]
            return connections_of(receiver(node))

        self._plan.edits[loop.iter] = edit

    # everything else

    def _use(self, node: cst.CSTNode, room: Receiver) -> bool:
        if self._handed_to_helper(node):
            self._plan.edits[node] = lambda updated: mapping_of(room(updated))
            return True
        line = self._lookup_statement(node)
        if line is not None:
            self._plan.expanded[line] = lambda updated: _lookup_and_check(updated, room)
            return True
        decided = self._uses.decide(node, room)
        if decided is None:
            return False
        target, edit = decided
        self._plan.edits[target] = edit
        return True

    def _lookup_statement(self, node: cst.CSTNode) -> cst.SimpleStatementLine | None:
        """The line `peer = room.connections[id]` that a use is in."""
        subscript = self._program.parents[node]
        if not isinstance(subscript, cst.Subscript) or subscript.value is not node:
            return None
        assign = self._program.parents[subscript]
        if not isinstance(assign, cst.Assign) or len(assign.targets) != 1 or len(subscript.slice) != 1:
            return None
        target, index = assign.targets[0].target, subscript.slice[0].slice
        line = self._program.parents[assign]
        if not isinstance(target, cst.Name) or not isinstance(index, cst.Index):
            return None
        if not isinstance(index.value, _SIMPLE_KEYS):
            return None
        if isinstance(index.value, cst.Name) and index.value.value == target.value:
            return None
        if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
            return line if isinstance(self._program.parents[line], cst.IndentedBlock) else None
        return None

    def _handed_to_helper(self, node: cst.CSTNode) -> bool:
        """Whether the mapping is an argument of functions that are done with it when they return."""
        argument = self._program.parents[node]
        if not isinstance(argument, cst.Arg) or argument.star:
            return False
        outer = self._program.parents[argument]
        if not isinstance(outer, cst.Call):
            return False
        callees = self._inference.value(outer.func)
        return bool(callees) and all(
            isinstance(atom, Function) and self._only_reads(atom.node, argument, outer) for atom in callees
        )

    def _only_reads(self, function: cst.FunctionDef | cst.Lambda, argument: cst.Arg, call: cst.Call) -> bool:
        if isinstance(function, cst.FunctionDef) and function.asynchronous is not None:
            return False
        places = [*function.params.posonly_params, *function.params.params]
        if argument.keyword is not None:
            places = [place for place in places if place.name.value == argument.keyword.value]
        else:
            index = call.args.index(argument)
            places = places[index : index + 1]
        binding = self._program.binding(places[0].name) if places else None
        return (
            binding is not None
            and len(binding.stores) == 1
            and all(self._is_passing(load) for load in binding.loads)
        )

    def _is_passing(self, load: cst.CSTNode) -> bool:
        """Whether a read of the mapping in a helper keeps nothing of it."""
        parent = self._program.parents.get(load)
        if isinstance(parent, cst.Arg):
            outer = self._program.parents[parent]
            name = self._program.qualified_name(outer.func) if isinstance(outer, cst.Call) else None
            return name is not None and name.startswith("builtins.")
        if isinstance(parent, cst.Attribute):
            return isinstance(self._program.parents[parent], cst.Call)
        return isinstance(
            parent,
            (cst.Subscript, cst.ComparisonTarget, cst.For, cst.CompFor, cst.If, cst.UnaryOperation),
        )


def _lookup_and_check(
    updated: cst.SimpleStatementLine, room: Callable[[cst.CSTNode], cst.BaseExpression]
) -> cst.CSTNode:
    """`peer = room.get_connection(id)`, and `KeyError` if there is none."""
    statement = updated.body[0]
    assert isinstance(statement, cst.Assign)
    found, target = statement.value, statement.targets[0].target
    assert isinstance(found, cst.Subscript)
    assert isinstance(target, cst.Name)
    key = found.slice[0].slice
    assert isinstance(key, cst.Index)
    lookup = cst.Call(attribute(room(found.value), "get_connection"), [cst.Arg(key.value)])
    error = cst.Call(cst.Name("KeyError"), [cst.Arg(key.value.deep_clone())])
    check = cst.If(
        cst.Comparison(cst.Name(target.value), [cst.ComparisonTarget(cst.Is(), cst.Name("None"))]),
        cst.IndentedBlock([cst.SimpleStatementLine([cst.Raise(error)])]),
    )
    return cst.FlattenSentinel(  # type: ignore[return-value]
        [updated.with_changes(body=[statement.with_changes(value=lookup)]), check]
    )

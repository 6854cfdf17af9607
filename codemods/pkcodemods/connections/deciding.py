"""Deciding what becomes of `room.connections`, of its aliases and of the loops over it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import libcst as cst

from pkcodemods.api import Function, Kind, only
from pkcodemods.connections.arguments import ConnectionHanding
from pkcodemods.connections.carrying import ConnectionCarriers
from pkcodemods.connections.lookups import (
    LOOKUP_NAMES,
    ConnectionLookups,
    Guarded,
    get_connection,
    lookup_and_check,
    lookup_check_and_call,
    with_name,
)
from pkcodemods.connections.loops import ConnectionLoops
from pkcodemods.connections.mapping_reads import view_of
from pkcodemods.connections.uses import (
    ConnectionUses,
    Receiver,
    connections_of,
    mapping_of,
    names_connections,
    sequence_of,
)
from pkcodemods.inference import Inference, is_declared_within
from pkcodemods.plans import UsePlan
from pkcodemods.source import Binding, Edit, ModuleNames, Program, Role, SourceModule, attribute, replace_by


class ConnectionDecider:
    """Decides for every use of the mapping in one module; what it cannot decide it leaves to the caller.

    Args:
        program: the modules.
        inference: what is where.
        module: the module.
        plan: gets the edits.
        gone_rooms: the parameters that `self.room` takes the place of.
        kept: uses that must stay the old mapping.
    """

    def __init__(
        self,
        program: Program,
        inference: Inference,
        module: SourceModule,
        plan: UsePlan,
        gone_rooms: set[Binding],
        kept: Collection[cst.CSTNode],
    ) -> None:
        self._program = program
        self._inference = inference
        self._module = module
        self._plan = plan
        self._gone_rooms = gone_rooms
        self._kept = kept
        self._uses = ConnectionUses(program, self._need_lookup)
        self._lookups = ConnectionLookups(program)
        self._handing = ConnectionHanding(program, inference)
        self._carriers = ConnectionCarriers(program, inference, self._handing, self._uses, self.is_mapping)
        self._loops = ConnectionLoops(program, self.is_mapping, self._may_close)
        self._handled: set[cst.CSTNode] = set()
        self._views: dict[Binding, str] = {}

    def decide(self) -> list[cst.Attribute | cst.Call]:
        """Plan the edits.

        Returns:
            The uses that have no plain equivalent, each as `room.connections`, or `getattr()` for that.
        """
        for place, binding, name in self._carriers.parameters(self._module):
            self._plan.inlined[binding] = cst.Name(name)
            self._plan.edits[place.name] = replace_by(cst.Name(name))
            self._handled.add(place.name)
        for node in self._module.nodes:
            if isinstance(node, cst.Assign) and len(node.targets) == 1:
                self._alias(node)
        for node in self._module.nodes:
            if isinstance(node, (cst.For, cst.CompFor)):
                self._loop(node)
        for binding, what in self._views.items():
            for load in binding.loads:
                if load not in self._handled:
                    self._view(load, what)
        return [node for node, room in self._mappings() if node in self._kept or not self._use(node, room)]  # type: ignore[misc]

    def is_mapping(self, node: cst.CSTNode) -> bool:
        """Whether an expression is the live mapping, or a name that will be replaced by it."""
        if isinstance(node, cst.Name):
            binding = self._program.binding(node)
            return binding in self._plan.inlined and binding not in self._views
        if isinstance(node, cst.Call):
            return (
                names_connections(self._program, node)
                and only(self._inference.value(node.args[0].value), Kind.ROOM)
                and only(self._inference.value(node), Kind.CONNECTIONS)
            )
        return (
            isinstance(node, cst.Attribute)
            and node.attr.value == "connections"
            and not self._program.is_stored(node)
            and only(self._inference.value(node.value), Kind.ROOM)
            and only(self._inference.value(node), Kind.CONNECTIONS)
        )

    def _may_close(self, call: cst.Call) -> bool:
        """Whether a call runs a function of the program that may close connections."""
        return any(
            isinstance(atom, Function)
            and (self._handing.changes.may_close(atom.node) or atom.wrapper is not None)
            for atom in self._inference.value(call.func)
        )

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
        if isinstance(node, cst.Call):
            return lambda updated: updated.args[0].value  # type: ignore[attr-defined]
        return lambda updated: updated.value  # type: ignore[attr-defined]

    def _need_lookup(self) -> str:
        """Have the module look connections up by a function of its own, and give that function's name."""
        if not self._plan.lookup_function:
            self._plan.lookup_function = ModuleNames(self._module).take(*LOOKUP_NAMES)
        return self._plan.lookup_function

    # aliases

    def _alias(self, node: cst.Assign) -> bool:
        """`conns = room.connections`, or a view of it, where every read can as well say what it stands for.

        Returns:
            Whether it is done.
        """
        line = self._program.parents[node]
        if line in self._plan.removed:
            return True
        target, value = node.targets[0].target, node.value
        base, what = view_of(value)
        if not isinstance(target, cst.Name) or not self.is_mapping(base) or not self._can_go(line):
            return False
        binding, room = self._program.binding(target), self._stable_room(base)
        if binding is None or len(binding.stores) != 1 or is_declared_within(binding) or room is None:
            return False
        if what is None and self._is_better_kept(base, binding, room):
            return False
        self._plan.inlined[binding] = room
        if what is not None:
            self._views[binding] = what
        if all(self._is_decidable(load, what) for load in binding.loads):
            self._plan.removed.add(line)
            self._handled |= {base, value, target}
            return True
        del self._plan.inlined[binding]
        self._views.pop(binding, None)
        return False

    def _is_better_kept(self, base: cst.BaseExpression, binding: Binding, room: cst.BaseExpression) -> bool:
        """Whether an alias would be made a dict in more places than one, and one for all of them does."""
        dicts = [
            load
            for load in binding.loads
            if self._lookups.statement(load) is None
            and self._uses.decide(load, lambda updated: room) is None
            and isinstance(self._program.parents[load], cst.Arg)
        ]
        return len(dicts) > 1 and self._handing.snapshot(base) is not None

    def _can_go(self, line: cst.CSTNode) -> bool:
        """Whether a statement can be taken away without leaving an empty block behind."""
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            return False
        block = self._program.parents[line]
        return isinstance(block, cst.IndentedBlock) and len(block.body) > 1

    def _stable_room(self, mapping: cst.BaseExpression) -> cst.BaseExpression | None:
        """An expression for a mapping's room that means the same wherever the alias is read."""
        if isinstance(mapping, cst.Name):  # an alias itself
            binding = self._program.binding(mapping)
            return None if binding is None or self._is_hidden(mapping) else self._plan.inlined[binding]
        node = mapping.value if isinstance(mapping, cst.Attribute) else None
        if not isinstance(node, cst.Name):
            return None
        binding = self._program.binding(node)
        if binding in self._gone_rooms:
            return attribute(cst.Name("self"), "room")
        if binding is not None and len(binding.stores) == 1 and binding.stores[0].role is Role.PARAMETER:
            return cst.Name(node.value)
        return None

    def _is_decidable(self, load: cst.CSTNode, what: str | None) -> bool:
        if not isinstance(load, cst.Name) or self._is_hidden(load):
            return False
        if what is not None:
            return self._uses.decide_view(load, self._receiver(load), what) is not None
        return (
            self._lookups.statement(load) is not None
            or self._uses.decide(load, self._receiver(load)) is not None
            or self._gives_view(load)
            or self._handing.snapshot(load) is not None
        )

    def _gives_view(self, load: cst.Name) -> bool:
        """Whether an alias is read for an alias of a view, which can go, too: `ids = conns.keys()`."""
        for around in self._program.ancestors(load):
            if isinstance(around, cst.Assign):
                is_base = view_of(around.value)[0] is load
                return is_base and len(around.targets) == 1 and self._alias(around)
            if isinstance(around, cst.BaseStatement):
                break
        return False

    def _is_hidden(self, load: cst.Name) -> bool:
        """Whether the room's name means something else where its alias is read."""
        binding = self._program.binding(load)
        assert binding is not None
        room = self._plan.inlined[binding]
        if isinstance(room, cst.Attribute):  # `self.room`
            room = room.value
        assert isinstance(room, cst.Name)
        here, there = self._program.scope_at(load), binding.scope
        return here.owner(room.value) is not there.owner(room.value)

    # loops

    def _loop(self, loop: cst.For | cst.CompFor) -> None:
        inner: cst.BaseExpression = loop.iter
        steps: list[str] = []
        if isinstance(inner, cst.Call) and len(inner.args) == 1:
            if self._program.qualified_name(inner.func) not in ("builtins.list", "builtins.tuple"):
                return
            inner = inner.args[0].value
            steps.append("argument")
        inner, seen = view_of(inner)
        if seen is not None:
            steps.append("receiver")
        binding = self._program.binding(inner)
        alias = self._views.get(binding) if binding is not None else None
        what = seen or alias or "keys"
        if what == "values" or not (alias or self.is_mapping(inner)):
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
        if self._carriers.takes_room(node):
            self._plan.edits[node] = room
            return True
        guarded = self._lookups.guarded(node)
        if guarded is not None:
            self._guarded(guarded, room)
            return True
        line = self._lookups.statement(node)
        if line is not None:
            self._plan.expanded[line] = lambda updated: lookup_and_check(updated, room)
            return True
        called = self._lookups.called(node)
        if called is not None:
            line, name = called
            self._plan.expanded[line] = lambda updated: lookup_check_and_call(updated, name, room)
            return True
        decided = self._uses.decide(node, room) or self._snapshot(node, room)
        if decided is None:
            return False
        target, edit = decided
        self._plan.edits[target] = edit
        return True

    def _guarded(self, lookup: Guarded, room: Receiver) -> None:
        """Keep what the test finds, where it can have a name."""
        found = self._uses.decide(lookup.mapping, self._receiver(lookup.mapping))
        if not lookup.name or found is None or not self.is_mapping(lookup.mapping):
            self._plan.edits[lookup.subscript] = lambda updated: get_connection(updated, room)
            return
        test, edit = found
        self._handled.add(lookup.mapping)
        self._plan.edits[test] = lambda updated: with_name(edit(updated), lookup.name)  # type: ignore[arg-type]
        self._plan.edits[lookup.subscript] = replace_by(cst.Name(lookup.name))
        if lookup.assignment is not None:
            self._plan.removed.add(lookup.assignment)

    def _view(self, load: cst.CSTNode, what: str) -> None:
        decided = self._uses.decide_view(load, self._receiver(load), what)
        assert decided is not None
        target, edit = decided
        self._plan.edits[target] = edit

    def _snapshot(self, node: cst.CSTNode, room: Receiver) -> tuple[cst.CSTNode, Edit] | None:
        """Where what gets the mapping, or a view of it, is done with it before anything can change."""
        found = self._handing.snapshot(node)
        if found is None:
            return None
        target, what = found
        around = self._program.parents[target]
        if what is None and _is_or_empty(around, target):
            return around, lambda updated: mapping_of(room(updated.left)).with_changes(
                lpar=updated.lpar, rpar=updated.rpar
            )
        if what is None:
            return target, lambda updated: mapping_of(room(updated))
        return target, lambda updated: sequence_of(room(updated.func.value), what)


def _is_or_empty(node: cst.CSTNode, left: cst.CSTNode) -> bool:
    """Whether it is `left or {}`."""
    return (
        isinstance(node, cst.BooleanOperation)
        and isinstance(node.operator, cst.Or)
        and node.left is left
        and isinstance(node.right, cst.Dict)
        and not node.right.elements
    )

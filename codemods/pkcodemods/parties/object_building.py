"""The statements of a module that build an object: its assignment, and what changes it behind that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import libcst as cst

from pkcodemods.api import SERVER_TYPE
from pkcodemods.parties.export_reads import aliases_of, takes_class
from pkcodemods.source import Binding, Program, SourceModule, child_nodes

_FUNCTIONS = (cst.FunctionDef, cst.Lambda)
_CHANGING = frozenset({"update", "setdefault", "pop", "popitem", "clear", "__setitem__", "__ior__"})


@dataclass(frozen=True, slots=True)
class Put:
    """A value under a key: `handlers["onClose"] = close`.

    Attributes:
        key: the key, an expression or a keyword's name.
        value: the value.
        element: what holds both.
        keeps: whether a value that is there already stays.
    """

    key: cst.BaseExpression | str
    value: cst.BaseExpression
    element: cst.CSTNode
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """All that another object holds: `handlers.update(COMMON)`."""

    value: cst.BaseExpression


@dataclass(frozen=True, slots=True)
class Drop:
    """A key that is removed: `del handlers["onClose"]`."""

    key: cst.BaseExpression
    element: cst.CSTNode


Change = Put | Merge | Drop
_IsObject = Callable[[cst.CSTNode], bool]


@dataclass(slots=True)
class Building:
    """How a module builds an object.

    Attributes:
        statement: the line of the last assignment.
        assignment: that assignment.
        before: how the object was built that this one takes the place of.
        changes: what changes the object behind the assignment, with the lines, in order.
    """

    statement: cst.SimpleStatementLine
    assignment: cst.Assign | cst.AnnAssign
    before: Building | None = None
    changes: list[tuple[cst.SimpleStatementLine, list[Change]]] = field(default_factory=list)

    @property
    def lines(self) -> list[cst.SimpleStatementLine]:
        """All its lines, in order, and those that it makes void."""
        before = self.before.lines if self.before is not None else []
        return [*before, self.statement, *(line for line, _ in self.changes)]


def building_of(program: Program, module: SourceModule, binding: Binding) -> Building | None:
    """How a module builds the object of one of its names.

    None where that depends on what runs: where it is bound or changed in a branch or a function, or is read
    before it is done.
    """
    building: Building | None = None
    seen: set[cst.CSTNode] = set()
    read_early = False
    for line in module.tree.body:
        own = [node for node in _nodes_of(binding) if _top(program, node, module) is line]
        if not own:
            continue
        step = _step(program, line, binding) if isinstance(line, cst.SimpleStatementLine) else None
        if step is None:
            stored = any(_stores(binding, node) for node in own)
            if _is_declaration(line) and stored:
                continue
            if stored or any(changes_object(program, node) for node in own):
                return None
            read_early = True
            continue
        if read_early:
            return None
        assert isinstance(line, cst.SimpleStatementLine)
        seen.update(own)
        if isinstance(step, (cst.Assign, cst.AnnAssign)):
            building = Building(line, step, building)
        elif building is None:
            return None
        else:
            building.changes.append((line, step))
    late = [node for node in _nodes_of(binding) if node not in seen and _top(program, node, module) is None]
    if building is None or any(_stores(binding, node) or changes_object(program, node) for node in late):
        return None
    lines = building.lines
    return building if len(lines) == 1 or all(len(line.body) == 1 for line in lines) else None


def _is_declaration(line: cst.CSTNode) -> bool:
    """Whether a line is `default: PartyKitServer`, without a value."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    return isinstance(small, cst.AnnAssign) and small.value is None and len(line.body) == 1  # type: ignore[attr-defined]


def _nodes_of(binding: Binding) -> Iterator[cst.CSTNode]:
    yield from (store.name for store in binding.stores)
    yield from binding.loads


def _stores(binding: Binding, node: cst.CSTNode) -> bool:
    return any(store.name is node for store in binding.stores)


def _top(program: Program, node: cst.CSTNode, module: SourceModule) -> cst.CSTNode | None:
    """The statement of the module around a node; None if it runs later, in a function."""
    child = node
    for around in program.ancestors(node):
        if isinstance(around, _FUNCTIONS) and child is not around:
            in_body = child is around.body
            if in_body:
                return None
        if around is module.tree:
            return child
        child = around
    return None


def changes_object(program: Program, node: cst.CSTNode) -> bool:
    """Whether a read may change the object."""
    parent = program.parents[node]
    around = program.parents.get(parent)
    if isinstance(parent, cst.Subscript):
        return isinstance(around, (cst.AssignTarget, cst.AugAssign, cst.Del, cst.AnnAssign))
    if isinstance(parent, cst.Attribute):
        is_target = isinstance(around, (cst.AssignTarget, cst.AugAssign, cst.Del, cst.AnnAssign))
        return parent.attr.value in _CHANGING or is_target
    name = program.qualified_name(around.func) if isinstance(around, cst.Call) else None
    return name in ("builtins.setattr", "builtins.delattr", "operator.setitem", "operator.delitem")


def only_reads(program: Program, node: cst.CSTNode, seen: frozenset[Binding] = frozenset()) -> bool:
    """Whether a read of an object neither changes it nor hands it to anything that might.

    Args:
        program: the modules.
        node: the read.
        seen: other names of the object that are looked at already.
    """
    parent = program.parents[node]
    aliases = aliases_of(program, node)
    if aliases:
        known = seen | {*aliases}
        new = [load for alias in aliases if alias not in seen for load in alias.loads]
        return all(only_reads(program, load, known) for load in new)
    if takes_class(program, node):
        return True
    if isinstance(parent, cst.Subscript):
        return parent.value is node and not changes_object(program, node)
    if isinstance(parent, cst.Attribute):
        return parent.attr.value in _READING
    if isinstance(parent, cst.Arg):
        call = program.parents[parent]
        name = program.qualified_name(call.func) if isinstance(call, cst.Call) else None
        is_merged = isinstance(call, cst.Call) and _is_update(call)
        return parent.star == "**" or name in _READERS or is_merged
    if isinstance(parent, cst.AugAssign):
        return parent.value is node
    return isinstance(parent, _OPERATIONS)


def _is_update(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value == "update"


_READING = frozenset({"get", "items", "keys", "values", "copy"})
_READERS = frozenset(
    f"builtins.{name}" for name in ("dict", "list", "sorted", "len", "print", "set", "tuple", "iter", "repr")
) | {"copy.copy"}
_OPERATIONS = (
    cst.StarredDictElement,
    cst.BinaryOperation,
    cst.Comparison,
    cst.ComparisonTarget,
    cst.For,
    cst.CompFor,
)


def has_effects(program: Program, line: cst.CSTNode, kept: Collection[cst.CSTNode]) -> bool:
    """Whether a line that goes calls anything but what builds the object.

    Args:
        program: the modules.
        line: the line.
        kept: the values in it that stay.
    """
    waiting: list[cst.CSTNode] = [line]
    while waiting:
        node = waiting.pop()
        if node in kept or isinstance(node, cst.Lambda):
            continue
        if isinstance(node, cst.Await) or (isinstance(node, cst.Call) and not _builds(program, node)):
            return True
        waiting += child_nodes(node)
    return False


def _builds(program: Program, call: cst.Call) -> bool:
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in _CHANGING | _READING:
        return True
    name = program.qualified_name(call.func) or ""
    return name in _BUILDERS or name.endswith(f".{SERVER_TYPE}")


_BUILDERS = frozenset({"builtins.dict", "copy.copy", "types.SimpleNamespace", "typing.cast"})


def _step(
    program: Program, line: cst.SimpleStatementLine, binding: Binding
) -> cst.Assign | cst.AnnAssign | list[Change] | None:
    """What a line does to the object; None if it only reads it, or does what cannot be followed."""

    def is_object(node: cst.CSTNode) -> bool:
        return program.binding(node) is binding

    for small in line.body:
        if isinstance(small, cst.AnnAssign) and is_object(small.target):
            return small if small.value is not None else None
        if isinstance(small, cst.Assign) and any(is_object(target.target) for target in small.targets):
            return small
    if len(line.body) != 1:
        return None
    small = line.body[0]
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        return _stored(small, is_object)
    if isinstance(small, cst.AugAssign) and is_object(small.target):
        return [Merge(small.value)] if isinstance(small.operator, cst.BitOrAssign) else None
    if isinstance(small, cst.Del) and isinstance(small.target, cst.Subscript):
        key = _key_of(small.target)
        return [Drop(key, small)] if key is not None and is_object(small.target.value) else None
    if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
        return _called(small.value, is_object)
    return None


def _stored(small: cst.Assign, is_object: _IsObject) -> list[Change] | None:
    target = small.targets[0].target
    if isinstance(target, cst.Subscript) and is_object(target.value):
        key = _key_of(target)
        return None if key is None else [Put(key, small.value, small)]
    if isinstance(target, cst.Attribute) and is_object(target.value):
        return [Put(target.attr.value, small.value, small)]
    return None


def _called(call: cst.Call, is_object: _IsObject) -> list[Change] | None:
    if not isinstance(call.func, cst.Attribute) or not is_object(call.func.value):
        return None
    name, arguments = call.func.attr.value, call.args
    if any(argument.star == "*" for argument in arguments):
        return None
    if name == "update":
        changes: list[Change] = []
        for argument in arguments:
            if argument.keyword is not None:
                changes.append(Put(argument.keyword.value, argument.value, argument))
            else:
                changes.append(Merge(argument.value))
        return changes
    if any(argument.keyword is not None or argument.star for argument in arguments) or not arguments:
        return None
    first = arguments[0].value
    if name == "setdefault" and len(arguments) == 2:
        return [Put(first, arguments[1].value, call, keeps=True)]
    return [Drop(first, call)] if name == "pop" else None


def _key_of(node: cst.Subscript) -> cst.BaseExpression | None:
    part = node.slice[0].slice if len(node.slice) == 1 else None
    return part.value if isinstance(part, cst.Index) else None


def assignments_in(
    body: object,
) -> Iterator[tuple[cst.SimpleStatementLine, cst.Assign | cst.AnnAssign]]:
    """The assignments of a module that run when it is imported, also those inside of `if` and `try`."""
    assert isinstance(body, (list, tuple))
    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                if isinstance(small, (cst.Assign, cst.AnnAssign)):
                    yield statement, small
        elif isinstance(statement, (cst.If, cst.Try, cst.With, cst.Else, cst.Finally, cst.ExceptHandler)):
            yield from assignments_in(statement.body.body)
            for name in ("orelse", "finalbody"):
                rest = getattr(statement, name, None)
                if rest is not None:
                    yield from assignments_in([rest])
            yield from assignments_in(getattr(statement, "handlers", ()))

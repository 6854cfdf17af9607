"""Where code reads an export, and whether it reads it as an object."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import libcst as cst

from pkcodemods.parties.party import Party
from pkcodemods.result import Form
from pkcodemods.source import Binding, Program, Role

_TAKES_CLASSES = ("partyserver.", "pkcompat.")


def object_reads(program: Program, party: Party, taken: Collection[cst.CSTNode] = ()) -> list[cst.CSTNode]:
    """The reads of a party's export that need the object: a class would not do.

    Args:
        program: the modules.
        party: the party.
        taken: reads that only give parties their handlers, and go.
    """
    names = [*party.bindings, *party.aliases]
    seen = set(names)
    reads = [read for binding in names for read in _object_reads(program, binding, seen)]
    return [read for read in reads if read not in taken]


def known_reads(
    program: Program, party: Party, reads: Iterable[cst.CSTNode]
) -> dict[cst.CSTNode, cst.Name] | None:
    """What takes the places of `default["onMessage"]`, which is a function of the module, and of
    `"onMessage" in default`, which is true; None if there are other reads.

    Args:
        program: the modules.
        party: the party.
        reads: where its export is read as an object.
    """
    functions = {entry.key: entry.value for entry in party.entries}
    found: dict[cst.CSTNode, cst.Name] = {}
    for read in reads:
        test = _tested_key(program, party, read)
        part, key = (None, None) if test is not None else _part_read(program, party, read)
        if test is not None:
            found[test[0]] = cst.Name(str(test[1]))
            continue
        function = functions.get(key) if key is not None else None
        if part is None or not _is_only_asked(program, part):
            return None
        if isinstance(part, cst.Call) and key not in functions and _is_whole(program, party, part):
            found[part] = cst.Name("None")  # `default.get("onClose")`
            continue
        if not isinstance(function, cst.Name) or not _means_the_same(program, function, part):
            return None
        found[part] = function
    return found


def _tested_key(program: Program, party: Party, read: cst.CSTNode) -> tuple[cst.Comparison, bool] | None:
    """`"onMessage" in default`, and what that is."""
    target = program.parents[read]
    test = program.parents[target] if isinstance(target, cst.ComparisonTarget) else None
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1 or party.form is Form.NAMESPACE:
        return None
    key, operator = _text(test.left), test.comparisons[0].operator
    if key is None or not isinstance(operator, (cst.In, cst.NotIn)) or not _is_whole(program, party, test):
        return None
    is_there = key in party.absent or any(entry.key == key for entry in party.entries)
    return test, is_there is isinstance(operator, cst.In)


def _is_whole(program: Program, party: Party, read: cst.CSTNode) -> bool:
    """Whether the object has all of its keys where it is read: one line makes it, and the read is later."""
    return _is_in_function(program, read) and len(party.lines) <= 1 and not (party.taken or party.shared)


def _is_in_function(program: Program, node: cst.CSTNode) -> bool:
    return any(isinstance(around, (cst.FunctionDef, cst.Lambda)) for around in program.ancestors(node))


def _is_only_asked(program: Program, part: cst.CSTNode, *, by_name: bool = False) -> bool:
    """Whether a handler that is read is called, compared, or looked at for being there, and goes nowhere."""
    around = program.parents[part]
    if isinstance(around, cst.Call):
        return around.func is part
    if isinstance(around, (cst.Comparison, cst.ComparisonTarget)):
        return not _compares_contents(program, around)
    if not _is_in_function(program, part):
        return False
    if isinstance(around, (cst.Assign, cst.NamedExpr)) and not by_name:
        targets = (
            [each.target for each in around.targets] if isinstance(around, cst.Assign) else [around.target]
        )
        binding = program.binding(targets[0]) if len(targets) == 1 else None
        is_local = binding is not None and isinstance(binding.scope.node, (cst.FunctionDef, cst.Lambda))
        is_asked = isinstance(around, cst.Assign) or _is_only_asked(program, around, by_name=True)
        return (
            binding is not None
            and is_local
            and is_asked
            and len(binding.stores) == 1
            and all(_is_only_asked(program, load, by_name=True) for load in binding.loads)
        )
    if isinstance(around, (cst.If, cst.IfExp, cst.While, cst.Assert)):
        return around.test is part
    is_not = isinstance(around, cst.UnaryOperation) and isinstance(around.operator, cst.Not)
    return is_not or (
        isinstance(around, cst.BooleanOperation)
        and around.left is part
        and isinstance(around.operator, cst.And)
    )


def _compares_contents(program: Program, side: cst.CSTNode) -> bool:
    """Whether a comparison asks what is in something: `handler in known`."""
    comparison = side if isinstance(side, cst.Comparison) else program.parents[side]
    assert isinstance(comparison, cst.Comparison)
    return any(isinstance(target.operator, (cst.In, cst.NotIn)) for target in comparison.comparisons)


def _part_read(
    program: Program, party: Party, read: cst.CSTNode
) -> tuple[cst.BaseExpression | None, str | None]:
    """The expression that takes a handler out of the object, and its key: `read["key"]`, `read.get(key)`."""
    part = program.parents[read]
    if isinstance(part, cst.Subscript) and part.value is read and len(part.slice) == 1:
        index = part.slice[0].slice
        return part, _text(index.value) if isinstance(index, cst.Index) else None
    if not isinstance(part, cst.Attribute) or part.value is not read:
        return None, None
    if party.form is Form.NAMESPACE:
        return part, part.attr.value
    got = program.parents[part]
    if part.attr.value == "get" and isinstance(got, cst.Call) and got.func is part and len(got.args) == 1:
        return got, _text(got.args[0].value)
    return None, None


def _text(node: cst.BaseExpression) -> str | None:
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return value if isinstance(value, str) else None


def _means_the_same(program: Program, name: cst.Name, place: cst.CSTNode) -> bool:
    """Whether a name of a function of the module, defined once, means that at a place, too."""
    binding = program.binding(name)
    store = binding.sole_store() if binding is not None else None
    return (
        binding is not None
        and store is not None
        and store.role is Role.FUNCTION
        and program.parents[store.node] is program.module_of(place).tree
        and program.scope_at(place).owner(name.value) is binding.scope
    )


def _object_reads(program: Program, binding: Binding, seen: set[Binding]) -> list[cst.CSTNode]:
    reads: list[cst.CSTNode] = []
    for load in binding.loads:
        aliases = aliases_of(program, load)
        new = [alias for alias in aliases if alias not in seen]
        seen.update(new)
        is_read = [bool(_object_reads(program, alias, seen)) for alias in new]
        if any(is_read) or (not aliases and not takes_class(program, load)):
            reads.append(load)
    return reads


def is_object_read(program: Program, node: cst.CSTNode) -> bool:
    """Whether a single read needs the object."""
    aliases = aliases_of(program, node)
    if aliases:
        return any(_object_reads(program, alias, {*aliases}) for alias in aliases)
    return not isinstance(program.parents[node], cst.Del) and not takes_class(program, node)


def aliases_of(program: Program, load: cst.CSTNode) -> list[Binding]:
    """The other names that a plain assignment gives the export; none if it also puts it elsewhere."""
    parent = program.parents[load]
    targets: list[cst.CSTNode] = []
    if isinstance(parent, cst.AnnAssign) and parent.value is load:
        targets = [parent.target]
    elif isinstance(parent, cst.Assign) and parent.value is load:
        targets = [target.target for target in parent.targets]
    found = [program.binding(target) for target in targets]
    return [binding for binding in found if binding is not None] if None not in found else []


def takes_class(program: Program, load: cst.CSTNode) -> bool:
    """Whether a read hands the export to something that takes a class as well."""
    for around in program.ancestors(load):
        if isinstance(around, cst.Call):
            name = program.qualified_name(around.func)
            if name is not None and name.startswith(_TAKES_CLASSES):
                return True
        if isinstance(around, cst.BaseStatement):
            return False
    return False

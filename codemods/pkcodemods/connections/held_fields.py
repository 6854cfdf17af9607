"""The name, index or key under which an object holds an argument of its constructor."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from pkcodemods.api import Atom, ClassObject, Function, Imported, Instance, RecordType
from pkcodemods.connections.changes import Routine, own_nodes
from pkcodemods.inference import Inference, is_static
from pkcodemods.source import Program

_NAMESPACE = "types.SimpleNamespace"
_TUPLES = ("typing.NamedTuple",)
MAPPING = "mapping"
"""What a place holds that holds the mapping itself, not a view of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a tuple, a dict or an object something is.

    Attributes:
        index: its index or key; None where it has none.
        name: its attribute's name; empty where it has none.
    """

    index: int | str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a place holds.

    Attributes:
        what: the mapping, or which view of it.
        path: where it is, if the place holds a tuple, or an object, with it.
    """

    what: str
    path: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was read from the room: at the end of a node, or at the start of a function."""

    function: Routine
    start: cst.CSTNode | None


class HeldFields:
    """Finds the place of an argument in what a call makes."""

    def __init__(self, program: Program, inference: Inference) -> None:
        self._program = program
        self._inference = inference

    def place(self, callee: Atom, argument: cst.Arg, call: cst.Call) -> Place | None:
        """Where the object has an argument that is made by calling a dataclass, a type of tuples or
        `SimpleNamespace`; None if that cannot be said.

        Args:
            callee: what is called.
            argument: the argument.
            call: the call.
        """
        if any(given.star for given in call.args):
            return None
        keyword = argument.keyword.value if argument.keyword is not None else None
        if callee == Imported(_NAMESPACE):
            return Place(name=keyword) if keyword is not None else None
        names = self._names(callee)
        index = call.args.index(argument) if keyword is None else -1
        name = keyword or (names[index] if index < len(names) else None)
        return Place(names.index(name), name) if name is not None and name in names else None

    def _names(self, callee: Atom) -> list[str]:
        if isinstance(callee, RecordType):
            return self._inference.records.field_names(callee.node) or []
        if isinstance(callee, ClassObject) and self.is_plain(callee.node) and self.init(callee) is None:
            return self._inference.attributes.field_names(callee.node)
        return []

    def init(self, callee: ClassObject) -> Function | None:
        """The `__init__` that a class of the program runs."""
        found = self._inference.attributes.of(Instance(callee.node), "__init__")
        return next((atom for atom in found if isinstance(atom, Function)), None)

    def is_plain(self, node: cst.ClassDef) -> bool:
        """Whether a class, but for its `__init__`, does nothing with its instances that does not show where
        they are used."""
        for owner in self._inference.attributes.order(node):
            for method in owner.body.body:
                if isinstance(method, cst.FunctionDef) and _is_special(method):
                    return False
            bases = [self._program.qualified_name(base.value) for base in owner.bases]
            own = [self._inference.value(base.value) for base in owner.bases]
            if any(
                name not in _TUPLES and not any(isinstance(atom, ClassObject) for atom in value)
                for name, value in zip(bases, own, strict=True)
            ):
                return False
        return True


def _is_special(method: cst.FunctionDef) -> bool:
    name = method.name.value
    return (name.startswith("__") and name.endswith("__") and name != "__init__") or is_static(method)


def stored_as(program: Program, load: cst.CSTNode, receiver: cst.CSTNode | None) -> Place | None:
    """The attribute of `self` that `self.name = parameter` puts a parameter into."""
    assign = program.parents[load]
    if not isinstance(assign, (cst.Assign, cst.AnnAssign)) or assign.value is not load:
        return None
    targets = [assign.target] if isinstance(assign, cst.AnnAssign) else [t.target for t in assign.targets]
    target = targets[0]
    if len(targets) != 1 or not isinstance(target, cst.Attribute) or receiver is None:
        return None
    binding = program.binding(target.value)
    is_self = binding is not None and binding is program.binding(receiver)
    return Place(name=target.attr.value) if is_self else None


def runs_later(function: Routine) -> bool:
    """Whether a function's body may run after the call."""
    return isinstance(function, cst.FunctionDef) and (
        function.asynchronous is not None or is_generator(function)
    )


def is_generator(function: Routine) -> bool:
    """Whether a function yields."""
    return any(isinstance(node, cst.Yield) for node in own_nodes(function, inner=False))

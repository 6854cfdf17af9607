"""Follows `room.connections` and its views: a snapshot can replace what is only read, and at once."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from pkcodemods.api import Atom, Box, ClassObject, Function, Instance, RecordType
from pkcodemods.connections.changes import ConnectionChanges, Routine
from pkcodemods.connections.function_uses import FunctionUses
from pkcodemods.connections.held_fields import (
    MAPPING,
    Held,
    HeldFields,
    Moment,
    Place,
    is_generator,
    runs_later,
    stored_as,
)
from pkcodemods.connections.mapping_reads import constant_key, view_of
from pkcodemods.connections.moments import AT_ONCE, is_run_there
from pkcodemods.connections.results import ConnectionResults
from pkcodemods.connections.terminals import is_terminal
from pkcodemods.connections.type_narrowing import is_never_mapping, says_of_mapping
from pkcodemods.connections.uses import VIEWS
from pkcodemods.inference import Inference
from pkcodemods.source import Program, Role

_TAKE_ALL = frozenset({"join", "update", "extend", "union", "difference", "intersection", "issubset"})
_NULL = "contextlib.nullcontext"
_SHOWING = ("types.MappingProxyType", "collections.ChainMap")
"""Show mappings, as they are."""
_CALLED = Place(name="()")
"""What a `partial` holds for the function that it calls."""
_SOURCE = "source "
"""Prefix of the name of a view that becomes a list."""


class ConnectionHanding:
    """Follows the mapping through names, helpers, results and tuples."""

    def __init__(self, program: Program, inference: Inference) -> None:
        self._program = program
        self._inference = inference
        self.changes = ConnectionChanges(program, inference)
        self._results = ConnectionResults(program, inference, self)
        self.functions = FunctionUses(program, inference)
        self._fields = HeldFields(program, inference)
        self._seen: set[tuple[cst.CSTNode, Held, Moment]] = set()

    def snapshot(self, node: cst.CSTNode) -> tuple[cst.CSTNode, str | None] | None:
        """The mapping, or the view of it that is taken right there, where a snapshot does; and which view."""
        view, what = self._view_at(node)
        moment = self.moment(view or node)
        if moment is None:
            return None
        self._seen.clear()
        held = Held(_SOURCE + what if what else MAPPING)
        if self.is_read(view or node, held, moment):
            return view or node, what
        return None

    def _view_at(self, node: cst.CSTNode) -> tuple[cst.Call | None, str | None]:
        around = self._program.parents[self._program.parents[node]]
        if isinstance(around, cst.Call):
            base, what = view_of(around)
            if base is node and what:
                return around, what
        return None, None

    def moment(self, node: cst.CSTNode) -> Moment | None:
        """The moment at which a node has been evaluated; None outside of functions."""
        function = self.function_of(node)
        return Moment(function, node) if function is not None else None

    def function_of(self, node: cst.CSTNode) -> Routine | None:
        """The function that a node is of."""
        around = self._program.ancestors(node)
        return next((n for n in around if isinstance(n, (cst.FunctionDef, cst.Lambda))), None)

    # expressions

    def is_read(self, node: cst.CSTNode, held: Held, moment: Moment) -> bool:
        """Whether what an expression gives is only read, before connections may have come or gone."""
        if (node, held, moment) in self._seen:
            return True
        self._seen.add((node, held, moment))
        parent = self._program.parents[node]
        if held.path[:1] == (_CALLED,):
            return self._is_kept_or_called(node, parent, held, moment)
        if not held.path and is_never_mapping(self._program, self._inference.annotations, node):
            return True
        if isinstance(parent, (cst.IfExp, cst.BooleanOperation)):
            is_test = isinstance(parent, cst.IfExp) and parent.test is node
            return self._ends(node, moment) if is_test else self.is_read(parent, held, moment)
        if isinstance(parent, cst.NamedExpr):
            return self.is_kept(parent.target, held, moment) and self.is_read(parent, held, moment)
        if isinstance(parent, (cst.Assign, cst.AnnAssign)):
            return self._is_assigned(parent, held, moment)
        if isinstance(parent, (cst.Return, cst.Lambda)):
            return self._ends(node, moment) and self._results.is_returned(parent, held)
        if isinstance(parent, cst.Yield):
            return self._ends(node, moment) and self._results.is_entered(parent, held)
        if isinstance(parent, cst.Element) and isinstance(self._program.parents[parent], cst.Tuple):
            return self._is_in_tuple(parent, held, moment)
        if isinstance(parent, cst.DictElement) and isinstance(parent.key, cst.SimpleString):
            place = Place(str(parent.key.evaluated_value))
            around = self._program.parents[parent]
            return self.is_read(around, replace(held, path=(place, *held.path)), moment)
        if isinstance(parent, cst.Arg):
            return self._is_argument(parent, held, moment)
        if isinstance(parent, (cst.Attribute, cst.Subscript)) and parent.value is node:
            return self._is_taken(parent, held, moment)
        return not held.path and is_terminal(node, parent, held) and self._ends(node, moment)

    def _is_kept_or_called(self, node: cst.CSTNode, parent: cst.CSTNode, held: Held, moment: Moment) -> bool:
        """Whether a `partial` that holds it is only called, and at once."""
        if isinstance(parent, (cst.Assign, cst.AnnAssign)):
            return self._is_assigned(parent, held, moment)
        return isinstance(parent, cst.Call) and parent.func is node and self._ends(parent, moment)

    def _ends(self, node: cst.CSTNode, moment: Moment) -> bool:
        return is_run_there(self._program, node, moment) and self.changes.is_at_once(
            moment.function, moment.start, node
        )

    def _is_taken(self, node: cst.Attribute | cst.Subscript, held: Held, moment: Moment) -> bool:
        """Attributes and subscripts."""
        if held.path:
            return self._is_part(node, held, moment)
        if self._program.is_stored(node):
            return False
        if isinstance(node, cst.Subscript):
            return held.what == MAPPING and self._ends(node, moment)
        call = self._program.parents[node]
        if held.what != MAPPING or not isinstance(call, cst.Call) or call.func is not node:
            return False
        if node.attr.value in VIEWS and not call.args:
            return self.is_read(call, Held(node.attr.value), moment)
        return node.attr.value in ("get", "copy") and self._ends(call, moment)

    def _is_part(self, node: cst.Attribute | cst.Subscript, held: Held, moment: Moment) -> bool:
        """Attributes and subscripts of a tuple, or an object, with it."""
        place, *rest = held.path
        if isinstance(node, cst.Attribute):
            given: int | str | None = node.attr.value
            wanted: int | str | None = place.name or None
        else:
            given, wanted = constant_key(node), place.index
        if wanted is None or given is None or type(given) is not type(wanted):
            return False
        if self._program.is_stored(node):
            return True
        if given == wanted:
            return self.is_read(node, replace(held, path=tuple(rest)), moment)
        if isinstance(node, cst.Subscript):
            return True
        methods = [atom for atom in self._inference.value(node) if isinstance(atom, Function)]
        if methods:
            return all(self._is_method_call(node, method, held, moment) for method in methods)
        return not str(given).startswith("_") and not self.functions.is_property(str(given))

    def _is_method_call(self, node: cst.Attribute, method: Function, held: Held, moment: Moment) -> bool:
        """Whether a method of an object that has it only reads it."""
        call = self._program.parents[node]
        function = method.node
        places = [*function.params.posonly_params, *function.params.params]
        if not isinstance(call, cst.Call) or call.func is not node or method.wrapper is not None:
            return False
        if not isinstance(method.receiver, Instance) or not places or not self._ends(call, moment):
            return False
        if runs_later(function) and not self._starts_at_once(function, call):
            return False
        return self.is_parameter_read(places[0], function, held)

    # names

    def _is_assigned(self, node: cst.Assign | cst.AnnAssign, held: Held, moment: Moment) -> bool:
        targets = (
            [node.target] if isinstance(node, cst.AnnAssign) else [target.target for target in node.targets]
        )
        return all(self.is_kept(target, held, moment) for target in targets)

    def is_kept(self, target: cst.BaseExpression, held: Held, moment: Moment) -> bool:
        """Whether what a target gets is only read, and at once."""
        if isinstance(target, (cst.Tuple, cst.List)):
            return self._is_unpacked(target, held, moment)
        if isinstance(target, cst.Attribute):
            return self._is_attribute_read(target, held, moment)
        if not isinstance(target, cst.Name):
            return False
        binding = self._program.binding(target)
        if binding is None or binding.scope.node is not moment.function:
            return False
        if any(store.role is Role.AUGMENTED for store in binding.stores):
            return False
        return all(self.is_read(load, held, moment) for load in binding.loads)

    def _is_attribute_read(self, target: cst.Attribute, held: Held, moment: Moment) -> bool:
        """`self.peers = room.connections` in `__init__`, where the object is only used at once."""
        init = moment.function
        owner = self._program.scope_at(init).node
        if not isinstance(init, cst.FunctionDef) or init.name.value != "__init__":
            return False
        if not isinstance(owner, cst.ClassDef) or not self._fields.is_plain(owner):
            return False
        receiver = init.params.params[0].name
        if self._program.binding(target.value) is not self._program.binding(receiver):
            return False
        inside = replace(held, path=(Place(name=target.attr.value), *held.path))
        made = list(self.functions.calls_of(owner))
        return (
            bool(made)
            and self.changes.is_at_once(init, moment.start, init)
            and self.is_parameter_read(init.params.params[0], init, inside)
            and all(self._is_made(call, inside) for call in made)
        )

    def _is_made(self, call: cst.CSTNode | None, held: Held) -> bool:
        moment = self.moment(call) if call is not None else None
        return call is not None and moment is not None and self.is_read(call, held, moment)

    def _is_unpacked(self, target: cst.Tuple | cst.List, held: Held, moment: Moment) -> bool:
        starred = any(isinstance(element, cst.StarredElement) for element in target.elements)
        if not held.path:
            return self._ends(target, moment)
        place, *rest = held.path
        index = place.index
        if not isinstance(index, int) or starred or index >= len(target.elements):
            return False
        return self.is_kept(target.elements[index].value, replace(held, path=tuple(rest)), moment)

    def _is_in_tuple(self, element: cst.Element, held: Held, moment: Moment) -> bool:
        around = self._program.parents[element]
        assert isinstance(around, cst.Tuple)
        if any(isinstance(other, cst.StarredElement) for other in around.elements):
            return False
        index = list(around.elements).index(element)
        return self.is_read(around, replace(held, path=(Place(index), *held.path)), moment)

    # calls

    def _is_argument(self, argument: cst.Arg, held: Held, moment: Moment) -> bool:
        call = self._program.parents[argument]
        if not isinstance(call, cst.Call):
            return False
        if argument.star and not held.path:
            return (argument.star == "*" or held.what == MAPPING) and self._ends(call, moment)
        callees = self._inference.value(call.func)
        if callees and all(isinstance(atom, (Function, ClassObject, RecordType)) for atom in callees):
            return self._ends(call, moment) and all(
                self._is_handed(atom, argument, call, held, moment) for atom in callees
            )
        place = next(
            (self._fields.place(atom, argument, call) for atom in callees if len(callees) == 1), None
        )
        if place is not None:
            return self.is_read(call, replace(held, path=(place, *held.path)), moment)
        if held.path or not self._ends(call, moment):
            return False
        name = self._program.qualified_name(call.func)
        if name == "functools.partial":
            return self._is_bound(argument, call, held, moment)
        if name in _SHOWING and held.what == MAPPING and argument.keyword is None:
            return self.is_read(call, held, moment)
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in _TAKE_ALL:
            owners = self._inference.value(call.func.value)
            is_join = call.func.attr.value == "join"
            return argument.keyword is None and (is_join or all(isinstance(o, Box) for o in owners))
        if name == _NULL:
            return self._results.is_entering(call, held)
        if held.what == MAPPING and name == "collections.OrderedDict":
            return True
        if held.what == MAPPING and name in ("builtins.isinstance", "builtins.hasattr"):
            return says_of_mapping(self._program, self._inference.annotations, call) is not None
        if name == "builtins.dict" and (argument.keyword is not None or held.what.endswith("values")):
            return False
        return name in AT_ONCE and argument.keyword is None

    def _is_bound(self, argument: cst.Arg, call: cst.Call, held: Held, moment: Moment) -> bool:
        """`partial(tell, room.connections)`, where the helper only reads it, and is called at once."""
        callees = self._inference.value(call.args[0].value)
        if argument.star or not callees or any(given.star for given in call.args):
            return False
        given = call.with_changes(args=call.args[1:])
        for callee in callees:
            if (
                not isinstance(callee, Function)
                or callee.wrapper is not None
                or callee.stands_for is not None
            ):
                return False
            place = self.parameter(callee, argument, given)
            if (
                place is None
                or runs_later(callee.node)
                or not self.is_parameter_read(place, callee.node, held)
            ):
                return False
        return self.is_read(call, replace(held, path=(_CALLED, *held.path)), moment)

    def _is_handed(self, callee: Atom, argument: cst.Arg, call: cst.Call, held: Held, moment: Moment) -> bool:
        """Whether a helper only reads what it is handed, and a class is one that only keeps it."""
        if argument.star or any(given.star == "*" for given in call.args):
            return False
        if not isinstance(callee, Function):
            return self._is_field(callee, argument, call, held, moment)
        function = callee.node
        if callee.wrapper is not None or callee.stands_for is not None:
            return False
        if runs_later(function) and not self._starts_at_once(function, call):
            return False
        place = self.parameter(callee, argument, call)
        if place is None and argument.keyword is not None and function.params.star_kwarg is not None:
            inside = replace(held, path=(Place(argument.keyword.value), *held.path))
            return self.is_parameter_read(function.params.star_kwarg, function, inside)
        return place is not None and self.is_parameter_read(place, function, held)

    def parameter(self, callee: Function, argument: cst.Arg, call: cst.Call) -> cst.Param | None:
        """The parameter of a function that gets an argument of a call."""
        parameters = callee.node.params
        places = [*parameters.posonly_params, *parameters.params]
        if callee.receiver is not None:
            del places[:1]
        if argument.keyword is not None:
            named = [*places, *parameters.kwonly_params]
            return next((place for place in named if place.name.value == argument.keyword.value), None)
        index = call.args.index(argument)
        return places[index] if index < len(places) else None

    def is_parameter_read(self, place: cst.Param, function: Routine, held: Held) -> bool:
        """Whether what a parameter gets is only read, and at once."""
        binding = self._program.binding(place.name)
        inside = Moment(function, None)
        return (
            binding is not None
            and len(binding.stores) == 1
            and all(self.is_read(load, held, inside) for load in binding.loads)
        )

    def _is_field(self, callee: Atom, argument: cst.Arg, call: cst.Call, held: Held, moment: Moment) -> bool:
        """`Scene(room, room.connections)`, where the object is only used at once."""
        place = self._fields.place(callee, argument, call)
        if place is not None:
            return self.is_read(call, replace(held, path=(place, *held.path)), moment)
        init = self._fields.init(callee) if isinstance(callee, ClassObject) else None
        if init is None or not isinstance(callee, ClassObject) or not self._fields.is_plain(callee.node):
            return False
        parameter = self.parameter(init, argument, call)
        binding = self._program.binding(parameter.name) if parameter is not None else None
        if binding is None or len(binding.stores) != 1:
            return False
        receiver = next(iter((*init.node.params.posonly_params, *init.node.params.params))).name
        for load in binding.loads:
            place = stored_as(self._program, load, receiver)
            if place is None and not self.is_read(load, held, Moment(init.node, None)):
                return False
            if place is not None and not self.is_read(call, replace(held, path=(place, *held.path)), moment):
                return False
        return True

    def _starts_at_once(self, function: Routine, call: cst.Call) -> bool:
        """`await send_all(...)`, or `for peer in others(...)`, which start before anything else happens."""
        parent = self._program.parents[call]
        if is_generator(function):
            walks = isinstance(parent, (cst.For, cst.CompFor)) and parent.iter is call
            return walks and isinstance(function, cst.FunctionDef) and function.asynchronous is None
        return isinstance(parent, cst.Await)

"""What statements put where: assignments, loops, `with`, `match`, returns, parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from pkcodemods.api import NONE, NOTHING, STDLIB, UNKNOWN, Atom, Box, ClassObject, Instance, Value
from pkcodemods.inference.containers import ITEMS_OF_OTHERS
from pkcodemods.inference.decorators import is_classmethod, is_static

if TYPE_CHECKING:
    from pkcodemods.inference.solver import Inference

YIELDED = "yielded"
RAISED = "raised"
"""The cell that holds the exceptions that the program raises."""


class StatementFlow:
    """Lets values flow through the statements of an `Inference`.

    Attributes:
        flows: what each type of node does.
    """

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self.flows: dict[type[cst.CSTNode], Callable[[cst.CSTNode], None]] = {
            cst.Assign: self._assign,
            cst.AnnAssign: self._annotated,
            cst.AugAssign: self._augmented,
            cst.For: self._for,
            cst.CompFor: self._for,
            cst.With: self._with,
            cst.Match: self._match,
            cst.Raise: self._raise,
            cst.ExceptHandler: self._except,
            cst.ExceptStarHandler: self._except,
            cst.Return: self._return,
            cst.Yield: self._yield,
            cst.Lambda: self._lambda,
            cst.FunctionDef: self._function,
            cst.ClassDef: self._class,
        }

    # targets

    def assign(self, target: cst.CSTNode, value: Value) -> None:
        """Let what is assigned flow into a target."""
        inference = self._inference
        if isinstance(target, cst.Name):
            binding = inference.program.binding(target)
            if binding is not None:
                inference.put(binding, value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            self._unpack([element.value for element in target.elements], target.elements, value)
        elif isinstance(target, cst.Attribute):
            for atom in inference.value(target.value) or UNKNOWN:
                inference.attributes.assign(atom, target.attr.value, value)
        elif isinstance(target, cst.Subscript):
            self._assign_item(target, value)

    def _assign_item(self, target: cst.Subscript, value: Value) -> None:
        inference = self._inference
        index = target.slice[0].slice
        for atom in inference.value(target.value) or UNKNOWN:
            if not isinstance(atom, Box):
                inference.put(ITEMS_OF_OTHERS, value)
            elif isinstance(index, cst.Index):
                inference.containers.put_under(atom, index.value, value)
            else:
                inference.put(atom, inference.containers.contents(value))

    def _unpack(self, targets: Sequence[cst.CSTNode], elements: Sequence[cst.CSTNode], value: Value) -> None:
        starred = False
        for index, (element, target) in enumerate(zip(elements, targets, strict=True)):
            if isinstance(element, cst.StarredElement):
                starred = True
                self.assign(target, self._rest(element, value))
            else:
                self.assign(target, self._at(value, -1 if starred else index))

    def _rest(self, element: cst.CSTNode, value: Value) -> Value:
        """What a starred target gets: a list of what is there."""
        box = Box(element)
        self._inference.put(box, self._inference.containers.contents(value))
        return frozenset({box})

    def _at(self, value: Value, index: int) -> Value:
        """What unpacking gives at one place; -1 for a place that is not known."""
        containers = self._inference.containers
        result: set[Atom] = set()
        for atom in value:
            result |= containers.element_at(atom, index) if index >= 0 else containers.elements(atom)
        return frozenset(result)

    # assignments

    def _assign(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.Assign)
        value = self._inference.value(node.value)
        for target in node.targets:
            self.assign(target.target, value)

    def _annotated(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.AnnAssign)
        inference = self._inference
        annotated = inference.annotations.value(node.annotation.annotation)
        if node.value is not None:
            self.assign(node.target, inference.value(node.value))
            contents = inference.annotations.contents(node.annotation.annotation)
            for box in inference.value(node.value) if contents else ():
                if isinstance(box, Box):
                    inference.put(box, contents)
        if annotated:
            self.assign(node.target, annotated)

    def _augmented(self, node: cst.CSTNode) -> None:
        """`peers += [connection]`, `known |= room.connections`."""
        assert isinstance(node, cst.AugAssign)
        value = self._inference.value(node.value)
        for atom in self._inference.value(node.target):
            if isinstance(atom, Box):
                self._inference.containers.added(atom, value)

    def _for(self, node: cst.CSTNode) -> None:
        assert isinstance(node, (cst.For, cst.CompFor))
        self.assign(node.target, self._inference.containers.contents(self._inference.value(node.iter)))

    def _with(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.With)
        for item in node.items:
            if item.asname is not None:
                self.assign(item.asname.name, self.entered(item.item, self._inference.value(item.item)))

    def entered(self, site: cst.CSTNode, contexts: Value) -> Value:
        """What entering any of several contexts gives."""
        inference = self._inference
        result: set[Atom] = set()
        for atom in contexts:
            if isinstance(atom, Box) and atom.slot == YIELDED:
                result |= inference.get(atom)
            elif isinstance(atom, Instance):
                for name in ("__enter__", "__aenter__"):
                    given = inference.calls.apply(site, inference.attributes.of(atom, name), [])
                    result |= inference.awaited(given)
            else:
                result.add(atom)
        return frozenset(result)

    # exceptions

    def _raise(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.Raise)
        for value in (node.exc, node.cause.item if node.cause is not None else None):
            self._inference.put(RAISED, self._instances(self._inference.value(value)))

    def _except(self, node: cst.CSTNode) -> None:
        """What is caught has the attributes that it was raised with."""
        assert isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler))
        if node.name is None:
            return
        caught = self._caught(self._inference.value(node.type))
        if isinstance(node, cst.ExceptStarHandler):  # a group of them
            box = Box(node)
            self._inference.put(box, caught)
            self._inference.put(("attribute", "exceptions"), frozenset({box}))
            caught = STDLIB
        self.assign(node.name.name, caught)

    def _caught(self, types: Value) -> Value:
        """What an `except` for some types may catch: of the program's own classes, what is raised of them."""
        attributes = self._inference.attributes
        raised = self._inference.get(RAISED)
        result: set[Atom] = set()
        for atom in types:
            if isinstance(atom, Box):
                result |= self._caught(self._inference.containers.contents(frozenset({atom})))
            elif isinstance(atom, ClassObject):
                family = attributes.family(atom.node)
                result.add(Instance(atom.node))
                result |= {
                    a for a in raised if isinstance(a, Instance) and attributes.family(a.node) is family
                }
            else:
                result |= raised | STDLIB
        return frozenset(result)

    def _instances(self, value: Value) -> Value:
        """What raising a value raises: of a class an instance."""
        return frozenset(Instance(atom.node) if isinstance(atom, ClassObject) else atom for atom in value)

    # match

    def _match(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.Match)
        value = self._inference.value(node.subject)
        for case in node.cases:
            self._pattern(case.pattern, value)

    def _pattern(self, pattern: cst.CSTNode | None, value: Value) -> None:
        """Let a value flow into the names of a pattern."""
        containers = self._inference.containers
        if isinstance(pattern, cst.MatchAs):
            kinds = self._class_pattern(pattern.pattern)
            self._pattern(pattern.pattern, value)
            if pattern.name is not None:
                self.assign(pattern.name, kinds or value)
        elif isinstance(pattern, cst.MatchOr):
            for element in pattern.patterns:
                self._pattern(element.pattern, value)
        elif isinstance(pattern, (cst.MatchList, cst.MatchTuple)):
            starred = False
            for index, item in enumerate(pattern.patterns):
                if isinstance(item, cst.MatchStar):
                    starred = True
                    if item.name is not None:
                        self.assign(item.name, self._rest(item, value))
                else:
                    self._pattern(item.value, self._at(value, -1 if starred else index))
        elif isinstance(pattern, cst.MatchMapping):
            mapped = containers.mapped(value)
            for mapping_element in pattern.elements:
                self._pattern(mapping_element.pattern, mapped)
            if pattern.rest is not None:
                box = containers.mapping(pattern)
                self._inference.put(box, mapped)
                self.assign(pattern.rest, frozenset({box}))
        elif isinstance(pattern, cst.MatchClass):
            for positional in pattern.patterns:
                self._pattern(positional.value, UNKNOWN)
            for keyword in pattern.kwds:
                given = [self._inference.attributes.of(atom, keyword.key.value) for atom in value]
                self._pattern(keyword.pattern, frozenset().union(*given))

    def _class_pattern(self, pattern: cst.CSTNode | None) -> Value:
        """The kind of `PartyKitRoom()`."""
        if isinstance(pattern, cst.MatchClass):
            return self._inference.annotations.value(pattern.cls)
        return NOTHING

    # functions

    def _return(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.Return)
        function = self._function_around(node)
        if function is not None:
            given = self._inference.value(node.value) if node.value else NONE
            self._inference.put(("return", function), given)

    def _yield(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.Yield)
        inference = self._inference
        function = self._function_around(node)
        if function is None:
            return
        box, value = Box(function, YIELDED), node.value
        if isinstance(value, cst.From):
            inference.put(box, inference.containers.contents(inference.value(value.item)))
        else:
            inference.put(box, inference.value(value))
        inference.put(("return", function), frozenset({box}))

    def _function_around(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        for around in self._inference.program.ancestors(node):
            if isinstance(around, (cst.FunctionDef, cst.Lambda)):
                return around if isinstance(around, cst.FunctionDef) else None
        return None

    def _lambda(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.Lambda)
        self._parameters(node.params)
        self._inference.put(("return", node), self._inference.value(node.body))

    def _function(self, node: cst.CSTNode) -> None:
        assert isinstance(node, cst.FunctionDef)
        self._parameters(node.params)
        if node.decorators:
            self._inference.function_value(node)

    def _parameters(self, parameters: cst.Parameters) -> None:
        inference = self._inference
        for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
            if parameter.default is not None:
                self.assign(parameter.name, inference.value(parameter.default))
        if isinstance(parameters.star_arg, cst.Param):
            self.assign(parameters.star_arg.name, frozenset({Box(parameters.star_arg)}))
        if parameters.star_kwarg is not None:
            self.assign(
                parameters.star_kwarg.name, frozenset({inference.containers.mapping(parameters.star_kwarg)})
            )

    def _class(self, node: cst.CSTNode) -> None:
        """Methods may be called by anything, but `self` is an instance."""
        assert isinstance(node, cst.ClassDef)
        for statement in node.body.body:
            if not isinstance(statement, cst.FunctionDef) or is_static(statement):
                continue
            first = next(iter((*statement.params.posonly_params, *statement.params.params)), None)
            if first is not None:
                receiver: Atom = ClassObject(node) if _gets_class(statement) else Instance(node)
                self.assign(first.name, frozenset({receiver}))


def _gets_class(method: cst.FunctionDef) -> bool:
    return is_classmethod(method) or method.name.value in (
        "__new__",
        "__init_subclass__",
        "__class_getitem__",
    )

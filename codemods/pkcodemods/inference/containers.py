"""What containers hold: displays, comprehensions, subscripts, and what walking over something gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import libcst as cst

from pkcodemods.api import (
    NOTHING,
    PLAIN,
    UNKNOWN,
    Atom,
    Box,
    ClassObject,
    Coroutine,
    Imported,
    Instance,
    Items,
    Kind,
    Other,
    Pending,
    Record,
    Value,
)

if TYPE_CHECKING:
    from pkcodemods.inference.solver import Inference

VALUES = " values"
ITEM = " item"
PAIR = Box(cst.Name("pair"))
"""One of the pairs of `room.connections.items()`."""

_DEEPEST = 3
ITEMS_OF_OTHERS = "items of what is no container of the program"


class ContainerFlow:
    """Evaluates containers for an `Inference`.

    Attributes:
        evaluators: the expressions that it evaluates, by type of node.
    """

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._mappings: set[Box] = set()
        self._lengths: dict[Box, int] = {}
        self._unknown_keys: set[Box] = set()
        inference.put((PAIR, 0), PLAIN)
        inference.put((PAIR, 1), frozenset({Kind.CONNECTION}))
        inference.put_quietly(PAIR, PLAIN | {Kind.CONNECTION})
        self.evaluators: dict[type[cst.CSTNode], Callable[[cst.CSTNode], Value]] = {
            cst.Subscript: self._subscript,
            cst.List: self._display,
            cst.Tuple: self._display,
            cst.Set: self._display,
            cst.Dict: self._dict,
            cst.ListComp: self._comprehension,
            cst.SetComp: self._comprehension,
            cst.GeneratorExp: self._comprehension,
            cst.DictComp: self._dict_comprehension,
            cst.BinaryOperation: self._binary,
        }

    # reading

    def _subscript(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.Subscript)
        sliced = any(isinstance(element.slice, cst.Slice) for element in node.slice)
        index = _constant_index(node)
        result: set[Atom] = set()
        for atom in self._inference.value(node.value):
            if (sliced and isinstance(atom, Box)) or isinstance(atom, (ClassObject, Imported)):
                result.add(atom)
            elif atom in (Kind.CONNECTIONS, Kind.SNAPSHOT):
                result.add(Kind.CONNECTION)
            elif atom is Kind.PARTIES:
                result.add(Kind.PARTY_STUBS)
            elif isinstance(atom, (Box, Record)) and index is not None:
                result |= self.element_at(atom, index)
            elif isinstance(atom, Box) and atom in self._mappings:
                key = node.slice[0].slice
                result |= self.under(atom, key.value) if isinstance(key, cst.Index) else UNKNOWN
            else:
                result |= self.elements(atom, of_mapping=True)
                if not isinstance(atom, (Box, Kind)):
                    result |= self._inference.get(ITEMS_OF_OTHERS)
        return frozenset(result)

    def element_at(self, atom: Atom, index: int) -> Value:
        """What unpacking a value, or a constant subscript, gives at one place."""
        if isinstance(atom, Box):
            if atom.slot.endswith(ITEM):
                owner = Box(atom.site, atom.slot.removesuffix(ITEM))
                get = self._inference.get
                return get(owner) if index == 1 else get((owner, "key")) or PLAIN
            if 0 <= index < self._lengths.get(atom, 0):
                return self._inference.get((atom, index))
            found = self._inference.get((atom, index)) if index >= 0 else NOTHING
            return found or self.elements(atom, of_mapping=True)
        if isinstance(atom, Record):
            return self._inference.records.at(atom, index)
        if isinstance(atom, Instance):
            names = self._inference.attributes.field_names(atom.node)
            if 0 <= index < len(names):
                return self._inference.attributes.of(atom, names[index])
        if isinstance(atom, Other):
            return frozenset({atom})
        return self.elements(atom)

    def got_unknown_key(self, box: Box) -> None:
        """Put a value into a container under an unknown key."""
        self._unknown_keys.add(box)

    def put_under(self, box: Box, key: cst.BaseExpression, value: Value) -> None:
        """Let a mapping hold something under a key."""
        if isinstance(key, cst.SimpleString):
            self._inference.put_quietly(box, value)
            self._inference.put((box, ("key", str(key.evaluated_value))), value)
        else:
            self._inference.put(box, value)
        self._inference.put((box, "key"), self._inference.value(key))

    def under(self, box: Box, key: cst.BaseExpression) -> Value:
        """What a mapping may hold under a key."""
        if isinstance(key, cst.SimpleString) and box not in self._unknown_keys:
            return self._inference.get((box, ("key", str(key.evaluated_value))))
        return self._inference.get(box)

    def by_key(self, atom: Atom) -> dict[str, Value] | None:
        """What a mapping holds under each of its keys; None where not all of them are known."""
        if not isinstance(atom, Box) or atom not in self._mappings or atom in self._unknown_keys:
            return None
        cells = self._inference.cells_of(atom)
        keys = [cell[1][1] for cell in cells if isinstance(cell[1], tuple)]  # type: ignore[index]
        return {key: self._inference.get((atom, ("key", key))) for key in keys}

    def part(self, box: Box, slot: str) -> Box:
        """The values, or one of the items, of a container. From some depth on they are not distinguished, or
        `x = x.values()` in a loop would never terminate."""
        return Box(box.site, box.slot + slot) if box.slot.count(" ") < _DEEPEST else box

    def know_places(self, box: Box, count: int) -> None:
        """A container's first so many elements are each in a cell of their own."""
        self._lengths[box] = count

    def is_mapping(self, atom: Atom) -> bool:
        """Whether a value is a container that is a mapping."""
        return atom in self._mappings

    def mapping(self, site: cst.CSTNode) -> Box:
        """A container that is a mapping."""
        box = Box(site)
        self._mappings.add(box)
        return box

    def elements(self, atom: Atom, *, of_mapping: bool = False) -> Value:
        """What walking over a value gives; its values, if it is a mapping that is subscripted."""
        inference = self._inference
        if isinstance(atom, Box):
            if atom.slot.endswith(ITEM):
                owner = Box(atom.site, atom.slot.removesuffix(ITEM))
                return inference.get(owner) | inference.get((owner, "key"))
            if atom.slot.endswith(VALUES):
                return inference.get(Box(atom.site, atom.slot.removesuffix(VALUES)))
            if atom in self._mappings and not of_mapping:
                return inference.get((atom, "key")) or PLAIN
            return inference.get(atom)
        if isinstance(atom, Items):
            return frozenset({self.part(atom.box, ITEM)})
        if atom is Kind.CONNECTION_VALUES:
            return frozenset({Kind.CONNECTION})
        if atom is Kind.CONNECTION_ITEMS:
            return frozenset({PAIR})
        if isinstance(atom, Instance):
            return inference.attributes.elements_of_instance(atom)
        if isinstance(atom, Record):
            return inference.attributes.fields(atom.node)
        if isinstance(atom, (Imported, Coroutine, Pending)):
            return UNKNOWN
        return frozenset({atom}) if atom in (Other.STDLIB, Other.FOREIGN, Other.UNKNOWN) else PLAIN

    def contents(self, value: Value) -> Value:
        """What walking over any of several values gives."""
        result: set[Atom] = set()
        for atom in value:
            if atom is not Other.NONE:
                result |= self.elements(atom)
        return frozenset(result)

    def mapped(self, value: Value) -> Value:
        """What the values of mappings are."""
        result: set[Atom] = set()
        for atom in value:
            if atom in (Kind.CONNECTIONS, Kind.SNAPSHOT):
                result.add(Kind.CONNECTION)
            elif isinstance(atom, Box):
                result |= self._inference.get(atom)
            elif atom in (Other.STDLIB, Other.FOREIGN, Other.UNKNOWN):
                result.add(atom)
        return frozenset(result)

    def added(self, box: Box, value: Value) -> None:
        """Let a container take what others hold: `extend`, `update`, `|=`, `+=`."""
        if box in self._mappings:
            self._inference.put(box, self.mapped(value))
            for atom in value:
                if isinstance(atom, Box):
                    self._inference.put((box, "key"), self._inference.get((atom, "key")))
        else:
            self._inference.put(box, self.contents(value))

    # making

    def _display(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, (cst.List, cst.Tuple, cst.Set))
        box = Box(node)
        starred = False
        for index, element in enumerate(node.elements):
            value = self._inference.value(element.value)
            if isinstance(element, cst.StarredElement):
                starred = True
                self._inference.put(box, self.contents(value))
            else:
                self._inference.put(box, value)
                if isinstance(node, cst.Tuple) and not starred:
                    self.know_places(box, index + 1)
                    self._inference.put((box, index), value)
        return frozenset({box})

    def _dict(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.Dict)
        box = self.mapping(node)
        for element in node.elements:
            value = self._inference.value(element.value)
            if isinstance(element, cst.StarredDictElement):
                self.added(box, value)
            else:
                assert isinstance(element, cst.DictElement)
                self.put_under(box, element.key, value)
        return frozenset({box})

    def _comprehension(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp))
        box = Box(node)
        self._inference.put(box, self._inference.value(node.elt))
        return frozenset({box})

    def _dict_comprehension(self, node: cst.CSTNode) -> Value:
        assert isinstance(node, cst.DictComp)
        box = self.mapping(node)
        self._inference.put(box, self._inference.value(node.value))
        self._inference.put((box, "key"), self._inference.value(node.key))
        return frozenset({box})

    def _binary(self, node: cst.CSTNode) -> Value:
        """`a | b`, `a + b` of containers."""
        assert isinstance(node, cst.BinaryOperation)
        both = self._inference.value(node.left) | self._inference.value(node.right)
        boxes = [atom for atom in both if isinstance(atom, Box)]
        if not boxes:
            return PLAIN
        box = self.mapping(node) if any(self.is_mapping(atom) for atom in boxes) else Box(node)
        self.added(box, both - PLAIN)
        return frozenset({box})


def _constant_index(node: cst.Subscript) -> int | None:
    if len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        value = node.slice[0].slice.value
        if isinstance(value, cst.Integer):
            return int(value.value, 0)
    return None

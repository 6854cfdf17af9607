"""What namespaces and named tuples hold, by the names of their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from pkcodemods.api import NOTHING, UNKNOWN, Record, RecordType, Value
from pkcodemods.source import constant_string

if TYPE_CHECKING:
    from pkcodemods.inference.solver import Inference


class RecordFlow:
    """Evaluates records for an `Inference`."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._fields: dict[cst.Call, list[str] | None] = {}

    def field_names(self, node: cst.CSTNode) -> list[str] | None:
        """The fields of the type that `namedtuple()` makes; None where they only show when it runs."""
        if not isinstance(node, cst.Call):
            return None
        if node not in self._fields:
            self._fields[node] = self._written(node)
        return self._fields[node]

    def _written(self, node: cst.Call) -> list[str] | None:
        if len(node.args) < 2 or any(argument.star for argument in node.args[:2]):
            return None
        given = node.args[1].value
        if isinstance(given, (cst.List, cst.Tuple)):
            names = [self._field(element.value) for element in given.elements]
            return [name for name in names if name is not None] if None not in names else None
        text = constant_string(self._inference.program, given)
        return None if text is None else text.replace(",", " ").split()

    def _field(self, element: cst.BaseExpression) -> str | None:
        """The name of `"name"`, or of `("name", type)`."""
        if isinstance(element, cst.Tuple) and element.elements:
            element = element.elements[0].value
        return constant_string(self._inference.program, element)

    def make(self, made: RecordType, positional: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """What calling a type of records gives."""
        names = self.field_names(made.node) or []
        for name, value in (*zip(names, positional, strict=False), *keywords.items()):
            for field in [name] if name in names else names:
                self._inference.put((made.node, field), value)
        return frozenset({Record(made.node)})

    def attribute(self, record: Record, name: str) -> Value:
        """What an attribute of a record may be."""
        if isinstance(record.node, cst.Call) and name == "_replace" and self.field_names(record.node):
            return frozenset({RecordType(record.node)})
        names = self.field_names(record.node)
        return self._inference.get((record.node, name)) | (
            NOTHING if names is None or name in names else UNKNOWN
        )

    def at(self, record: Record, index: int) -> Value:
        """What stands at one place of a named tuple."""
        names = self.field_names(record.node) or []
        if 0 <= index < len(names):
            return self._inference.get((record.node, names[index]))
        return self._inference.attributes.fields(record.node)

"""Kinds read off annotations."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import NONE, NOTHING, SERVER_TYPE, TYPES, Kind, Value
from pkcodemods.source import Program, Scope

_OPTIONAL = ("typing.Optional", "typing_extensions.Optional")
_TRANSPARENT = ("typing.Annotated", "typing.Final", "typing.ClassVar", "typing.Union", *_OPTIONAL)

RETURN = "return"
"""The key of what a function returns among its annotations, as in `__annotations__`."""


class AnnotationReader:
    """Reads the types of `partykit.server` in annotations.

    Attributes:
        program: the modules.
        legacy_modules: the modules that such types come from.
    """

    def __init__(self, program: Program, legacy_modules: tuple[str, ...]) -> None:
        self.program = program
        self.legacy_modules = legacy_modules
        program.old_modules = legacy_modules
        program.star_names.update(dict.fromkeys(legacy_modules, frozenset({*TYPES, SERVER_TYPE})))

    def legacy_name(self, node: cst.CSTNode) -> str | None:
        """The name in `partykit.server` of what an expression names; None if it is from elsewhere."""
        qualified = self.program.qualified_name(node)
        if qualified is None:
            return None
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Attribute):
            qualified = self.program.resolved(qualified)  # `helpers.server.PartyKitRoom`
        for module in self.legacy_modules:
            if qualified.startswith(module + "."):
                rest = qualified[len(module) + 1 :]
                return rest if "." not in rest else None
        return None

    def is_legacy_type(self, qualified: str) -> bool:
        """Whether a qualified name is that of a type of the object form."""
        module, _, name = qualified.rpartition(".")
        return module in self.legacy_modules and name in TYPES

    def is_legacy(self, qualified: str) -> bool:
        """Whether a qualified name is one of the object form's modules."""
        return any(qualified.startswith(module + ".") for module in self.legacy_modules)

    def value(self, node: cst.CSTNode) -> Value:
        """What a variable with this annotation holds; nothing if the annotation says nothing of kinds."""
        if isinstance(node, cst.SimpleString):
            return self._of_string(node)
        if isinstance(node, cst.BinaryOperation):
            return self.value(node.left) | self.value(node.right)
        if isinstance(node, cst.Name) and node.value == "None":
            return NONE
        if isinstance(node, cst.Subscript):
            generic = self.program.qualified_name(node.value)
            if self.legacy_name(node.value) is not None:
                return self.value(node.value)
            if generic not in _TRANSPARENT:
                return NOTHING
            parts = [part.slice.value for part in node.slice if isinstance(part.slice, cst.Index)]
            if generic == "typing.Annotated":
                parts = parts[:1]
            found: Value = NOTHING
            for part in parts:
                found |= self.value(part)
            return found | NONE if generic in _OPTIONAL and found else found
        name = self.legacy_name(node)
        kind = TYPES[name][1] if name in TYPES else None
        return NOTHING if kind is None else frozenset({kind})

    def contents(self, node: cst.CSTNode) -> Value:
        """What a container with this annotation holds: the last type argument."""
        if isinstance(node, cst.SimpleString):
            return NOTHING
        if isinstance(node, cst.Subscript) and node.slice:
            last = node.slice[-1].slice
            if isinstance(last, cst.Index):
                return self.value(last.value)
        return NOTHING

    def _of_string(self, node: cst.SimpleString) -> Value:
        """The kind that a string annotation names, where it is a plain name, `X | None` or `Optional[X]`."""
        text = node.evaluated_value
        if not isinstance(text, str):
            return NOTHING
        scope = self.program.scope_at(node)
        result: Value = NOTHING
        for part in text.split("|"):
            name = part.strip()
            if name == "None":
                result |= NONE
                continue
            kind = self.named_in_string(name, scope)
            if kind is not None and kind[1] is not None:
                result |= {kind[1]}
        return result

    def named_in_string(self, dotted: str, scope: Scope) -> tuple[str, Kind | None] | None:
        """What a dotted name in a string means in `partyserver`, with its kind."""
        legacy = self.legacy_name_in_string(dotted, scope)
        return None if legacy is None else TYPES.get(legacy)

    def legacy_name_in_string(self, dotted: str, scope: Scope) -> str | None:
        """The name in `partykit.server` of what a dotted name in a string means, if it is from there."""
        first, _, rest = dotted.partition(".")
        owner = scope.owner(first)
        if owner is None:
            named = self.program.starred_name(first, self.program.module_of(scope.module().node))
        else:
            store = self.program.import_of(owner.bindings[first])
            named = self.program.import_name(store) if store is not None else None
        if named is None:
            return None
        qualified = named + (f".{rest}" if rest else "")
        for module in self.legacy_modules:
            if qualified.startswith(module + "."):
                return qualified[len(module) + 1 :]
        return None

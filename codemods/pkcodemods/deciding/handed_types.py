"""Types of the object form that a module imports for others, which find them there."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import libcst as cst

from pkcodemods.api import TYPES
from pkcodemods.inference import AnnotationReader
from pkcodemods.source import Binding, Program, SourceModule


def handed_types(
    program: Program, module: SourceModule, annotations: AnnotationReader, pinned: Collection[Binding]
) -> set[str]:
    """The names, of types of the object form, that other modules find in a module by its imports.

    Args:
        program: the modules.
        module: the module.
        annotations: knows the modules of the object form.
        pinned: the bindings that code outside of the module needs.
    """
    found = starred_types(program, module, annotations)
    for binding in module.scope.bindings.values():
        store = program.import_of(binding) if binding in pinned else None
        if store is not None and annotations.is_legacy_type(program.import_name(store)):
            found.add(binding.name)
    return found


def starred_types(program: Program, module: SourceModule, annotations: AnnotationReader) -> set[str]:
    """Those of them that come by `from partykit.server import *`.

    Args:
        program: the modules.
        module: the module.
        annotations: knows the modules of the object form.
    """
    if not any(star in annotations.legacy_modules for star in module.star_imports) or module.name is None:
        return set()
    others = [other for other in program.modules if other is not module]
    found = {name for other in others for name in _found_by(program, other, module)}
    return {name for name in found if name in TYPES and name not in module.scope.bindings}


def _found_by(program: Program, other: SourceModule, module: SourceModule) -> Iterator[str]:
    """Names that another module may find in a module."""
    stars = {program.canonical(star, other) for star in other.star_imports}
    for node in other.nodes:
        if isinstance(node, cst.Name) and module.name in stars:
            yield node.value
        elif isinstance(node, cst.Attribute) and program.qualified_name(node.value) == module.name:
            yield node.attr.value
        elif isinstance(node, cst.ImportAlias):
            statement = program.parents[node]
            source = other.imported_module(statement) if isinstance(statement, cst.ImportFrom) else ""
            if program.canonical(source, other) == module.name:
                yield node.evaluated_name

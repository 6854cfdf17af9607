"""Checks the output: every name that a rewritten module needs is bound."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import libcst as cst

from pkcodemods.deciding import is_for_typing
from pkcodemods.source import BUILTINS, Binding, Program, Role, SourceModule, dotted_name, names_in_annotation

_OF_EVERY_MODULE = frozenset(
    {"__name__", "__file__", "__doc__", "__package__", "__path__", "__spec__", "__loader__", "__builtins__"}
    | {"__annotations__", "__dict__", "__module__", "__qualname__", "__class__", "__debug__"}
)
_NOT_BINDING = frozenset({Role.DELETION, Role.DECLARATION, Role.AUGMENTED})


class NameCheck:
    """Compares the names of rewritten modules with those of their sources.

    Args:
        before: the modules as they were.
        trees: those that change, as they are going to be.
    """

    def __init__(self, before: Program, trees: Mapping[SourceModule, cst.Module]) -> None:
        self._before = Program(before.modules)  # none of them hidden
        self._before.star_names.update(before.star_names)
        self._after = {
            module: SourceModule(tree, name=module.name, path=module.path, is_package=module.is_package)
            for module, tree in trees.items()
        }
        present = [self._after.get(module, module) for module in before.modules]
        self._program = Program(present)
        self._program.star_names.update(before.star_names)

    def lacking(self, module: SourceModule, needed: Collection[Binding]) -> list[str]:
        """The names that a module which changes would need and not have, sorted.

        Args:
            module: the module as it was.
            needed: its names that code outside of it uses.
        """
        new = self._after[module]
        free = _free(self._program, new)
        found = free - _free(self._before, module)
        found |= {name for name in free if self._came_by_lost_star(module, new, name)}
        found |= _read_before_bound(self._program, new) - _read_before_bound(self._before, module)
        found |= {
            binding.name
            for binding in needed
            if binding.scope is module.scope and _binds(binding) and not _has(new, binding.name)
        }
        found |= set(_not_there(self._program, new)) - set(_not_there(self._before, module))
        return sorted(found)

    def _came_by_lost_star(self, old: SourceModule, new: SourceModule, name: str) -> bool:
        lost = set(old.star_imports) - set(new.star_imports)
        return any(name in self._before.star_names.get(star, ()) for star in lost)


def _not_there(program: Program, module: SourceModule) -> Iterator[str]:
    """What a module imports from others of the program that do not have it."""
    for node in module.nodes:
        if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar):
            continue
        source = program.module_named(program.canonical(module.imported_module(node), module))
        if source is None or source is module or source.star_imports or _has(source, "__getattr__"):
            continue
        for alias in node.names:
            name = alias.evaluated_name
            if program.module_named(f"{source.name}.{name}") is None and not _has(source, name):
                yield f"{source.name}.{name}"


def _has(module: SourceModule, name: str) -> bool:
    binding = module.scope.bindings.get(name)
    return binding is not None and _binds(binding)


def _binds(binding: Binding) -> bool:
    """Whether a name gets a value somewhere: `x: int` and `del x` give none."""
    return any(store.role not in _NOT_BINDING for store in binding.stores)


def _free(program: Program, module: SourceModule) -> set[str]:
    """The names that a module reads and does not bind, nor a module of the program that it takes `*` from."""
    free: set[str] = set()
    for scope in module.scope.inside():
        for name, _ in scope.reads:
            owner = scope.owner(name)
            if owner is None or not _binds(owner.bindings[name]):
                free.add(name)
    strings = module.builder.annotation_strings
    for string, scope in strings:
        for name in names_in_annotation(string):
            if scope.owner(name) is None:
                free.add(name)
    return free - BUILTINS - _OF_EVERY_MODULE - (_starred(program, module) if free else set())


def _starred(program: Program, module: SourceModule) -> set[str]:
    """What the `*` imports of a module bring from modules of the program."""
    found: set[str] = set()
    seen, waiting = {module}, [module]
    while waiting:
        importer = waiting.pop()
        for star in importer.star_imports:
            source = program.module_named(program.canonical(star, importer))
            if source is not None and source not in seen:
                seen.add(source)
                waiting.append(source)
                found.update(name for name in source.scope.bindings if _has(source, name))
    return found


def _read_before_bound(program: Program, module: SourceModule) -> set[str]:
    """The names that only type checkers see, and that are read when the module runs."""
    has_lazy_annotations = any(
        isinstance(node, cst.ImportFrom) and dotted_name(node.module) == "__future__" for node in module.nodes
    )
    found = set()
    for binding in module.scope.bindings.values():
        values = [store for store in binding.stores if store.role not in _NOT_BINDING]
        if not values or not all(is_for_typing(program, store.node) for store in values):
            continue
        for load in binding.loads:
            if not isinstance(load, cst.Name) or is_for_typing(program, load):
                continue
            if not has_lazy_annotations or not _is_in_annotation(program, load):
                found.add(binding.name)
    return found


def _is_in_annotation(program: Program, node: cst.CSTNode) -> bool:
    return any(isinstance(around, cst.Annotation) for around in program.ancestors(node))

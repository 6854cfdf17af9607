"""Naming the classes that a module's parties become, by names that nothing else has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

import libcst as cst

from pkcodemods.deciding.fitting_names import class_name_for, class_names
from pkcodemods.plans import PartyPlan
from pkcodemods.source import ModuleNames, Program, SourceModule


class NamesElsewhere:
    """Knows which new names of a module would get in the way of other modules of a program."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def around(self, module: SourceModule) -> set[str]:
        """What a class in a module must not be called for the sake of others.

        That is what `*` imports bring into it, what stands in modules into which one brings its names, and
        what others import from it, be it a module of a package.
        """
        readers = _connected(module, self._star_readers.__getitem__)
        taken = set(self._imported[module])
        for reader in readers - {module}:
            for scope in reader.scope.inside():
                taken |= scope.names
                taken |= scope.bindings.keys()
        for reader in readers:
            for source in _connected(reader, self._star_sources.__getitem__) - {module}:
                taken |= source.scope.bindings.keys()
        return taken

    @cached_property
    def _star_sources(self) -> dict[SourceModule, list[SourceModule]]:
        """The modules out of which each imports `*`."""
        return {
            module: [
                source
                for name in module.star_imports
                if (source := self._program.module_named(self._program.canonical(name, module))) is not None
            ]
            for module in self._program.modules
        }

    @cached_property
    def _star_readers(self) -> dict[SourceModule, list[SourceModule]]:
        """The modules that import `*` out of each."""
        readers: dict[SourceModule, list[SourceModule]] = defaultdict(list)
        for module, sources in self._star_sources.items():
            for source in sources:
                readers[source].append(module)
        return readers

    @cached_property
    def _imported(self) -> dict[SourceModule, set[str]]:
        """The names that others import from each module."""
        imported: dict[SourceModule, set[str]] = defaultdict(set)
        for module in self._program.modules:
            for node in module.nodes:
                if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar):
                    continue
                name = self._program.canonical(module.imported_module(node), module)
                source = self._program.module_named(name)
                if source is not None:
                    imported[source].update(alias.evaluated_name for alias in node.names)
        return imported


def name_classes(
    plans: Iterable[PartyPlan],
    module: SourceModule,
    names: ModuleNames,
    elsewhere: NamesElsewhere,
    party: str | None,
) -> None:
    """Name the classes that parties become, those first whose exported names say how.

    Args:
        plans: what becomes of a module's parties; the names are put there.
        module: the module.
        names: the names in it; those of the classes are free no more.
        elsewhere: knows the names in others.
        party: what the module's party is called where it is served; None where that is not known.
    """
    classes = [plan for plan in plans if plan.becomes_class]
    for plan in classes:
        if plan.converts:
            assert plan.party.handler_class is not None
            plan.class_name = plan.party.handler_class.name.value
    new = [plan for plan in classes if not plan.converts]
    if new:
        names.avoid(elsewhere.around(module))
    for plan in sorted(new, key=lambda plan: not _telling_exports(plan)):
        exports = _telling_exports(plan)
        if exports and class_name_for(exports[0]) == exports[0]:
            plan.class_name = exports[0]
        else:
            plan.class_name = names.take(*class_names(exports, module.path, party))


def _telling_exports(plan: PartyPlan) -> list[str]:
    """The names that a party is exported under besides `default`."""
    exported = [binding.name for binding in (*plan.party.bindings, *plan.party.aliases)]
    return [name for name in exported or [plan.party.name] if name not in ("", "default")]


def _connected(
    start: SourceModule, following: Callable[[SourceModule], Iterable[SourceModule]]
) -> set[SourceModule]:
    """A module, and those that follow it, directly or not."""
    found, waiting = {start}, [start]
    while waiting:
        for module in following(waiting.pop()):
            if module not in found:
                found.add(module)
                waiting.append(module)
    return found

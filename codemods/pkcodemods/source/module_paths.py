"""What the modules of a program call each other in their imports."""

from __future__ import annotations

import libcst as cst

from pkcodemods.source.modules import SourceModule, dotted_name
from pkcodemods.source.program import Program


class ModulePaths:
    """Finds the words by which one module can import others of the program.

    Args:
        program: the modules.
        module: the one that imports.
    """

    def __init__(self, program: Program, module: SourceModule) -> None:
        self._program = program
        self._module = module
        self._level = 1 if module.is_package else 0
        self._roots: list[str] = []
        for node in module.nodes:
            if isinstance(node, cst.ImportFrom) and node.relative:
                self._level = max(self._level, len(node.relative))
            elif isinstance(node, (cst.Import, cst.ImportFrom)):
                self._roots += [
                    root for text in _absolute_names(node) if (root := self._root(text)) is not None
                ]

    def text_for(self, name: str) -> str | None:
        """How the module names another in a `from` import: `.handlers`, `app.handlers`; None if unclear.

        Args:
            name: the module's name in the program.
        """
        own = (self._module.name or "").split(".")
        package = own if self._module.is_package else own[:-1]
        wanted = name.split(".")
        common = 0
        while common < min(len(package), len(wanted)) and package[common] == wanted[common]:
            common += 1
        level = len(package) - common + 1
        if level <= self._level:
            return "." * level + ".".join(wanted[common:])
        for root in self._roots:
            if name.startswith(root) and len(name) > len(root):
                return name[len(root) :]
        return None

    def is_reached_from(self, start: SourceModule) -> bool:
        """Whether a module imports this one, directly or not."""
        seen, waiting = {start}, [start]
        while waiting:
            for found in self._imported_by(waiting.pop()) - seen:
                if found is self._module:
                    return True
                seen.add(found)
                waiting.append(found)
        return start is self._module

    def _imported_by(self, module: SourceModule) -> set[SourceModule]:
        names: list[str] = []
        for node in module.nodes:
            if isinstance(node, cst.Import):
                names += _absolute_names(node)
            elif isinstance(node, cst.ImportFrom):
                base = module.imported_module(node)
                names.append(base)
                if not isinstance(node.names, cst.ImportStar):
                    names += [f"{base}.{alias.evaluated_name}" for alias in node.names]
        found = [self._program.module_named(self._program.canonical(name, module)) for name in names]
        return {each for each in found if each is not None}

    def _root(self, text: str) -> str | None:
        """What stands before a name that the module imports in the program's name for the same."""
        full = self._program.canonical(text, self._module)
        is_known = self._program.module_named(full) is not None
        return full.removesuffix(text) if is_known and f".{full}".endswith(f".{text}") else None


def _absolute_names(node: cst.Import | cst.ImportFrom) -> list[str]:
    if isinstance(node, cst.Import):
        return [alias.evaluated_name for alias in node.names]
    return [] if node.relative else [dotted_name(node.module) or ""]

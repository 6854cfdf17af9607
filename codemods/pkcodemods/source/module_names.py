"""Names that are free in a module."""

from __future__ import annotations

import keyword
from collections.abc import Container, Iterable, Sequence

import libcst as cst

from pkcodemods.source.modules import SourceModule
from pkcodemods.source.nodes import descendants
from pkcodemods.source.program import BUILTINS
from pkcodemods.source.scopes import Binding, Scope


class ModuleNames:
    """Knows which names a module uses, and finds free ones."""

    def __init__(self, module: SourceModule) -> None:
        self._taken: set[str] = set()
        for scope in module.scope.inside():
            self._taken |= scope.names
            self._taken |= scope.bindings.keys()

    def avoid(self, names: Iterable[str]) -> None:
        """Names that the module does not use, but shall not give to something else either."""
        self._taken.update(names)

    def release(self, name: str) -> None:
        """A name is about to go."""
        self._taken.discard(name)

    def is_free(self, name: str) -> bool:
        """Whether nothing in the module is called so."""
        return name not in self._taken and name not in BUILTINS and not keyword.iskeyword(name)

    def take(self, *wishes: str) -> str:
        """The first free name of several, or the last with a number; it is free no more."""
        for wish in wishes:
            if self.is_free(wish):
                self._taken.add(wish)
                return wish
        number = 2
        while not self.is_free(f"{wishes[-1]}{number}"):
            number += 1
        name = f"{wishes[-1]}{number}"
        self._taken.add(name)
        return name


PEER = "peer"
_CONNECTION_NAMES = (PEER, "member", "other", "each_connection")


def free_name(
    scope: Scope, taken: Container[str] = (), wishes: Sequence[str] = _CONNECTION_NAMES
) -> str | None:
    """A name for a connection that a function does not use yet; None if it uses all that are wished for."""
    used = {name for inner in scope.function().inside() for name in (*inner.names, *inner.bindings)}
    return next((name for name in wishes if name not in used and name not in taken), None)


def names_in_all(module: SourceModule) -> set[Binding]:
    """The bindings that `__all__` lists."""
    listed = module.scope.bindings.get("__all__")
    if listed is None:
        return set()
    names = {
        str(node.evaluated_value)
        for store in listed.stores
        for node in descendants(store.node)
        if isinstance(node, cst.SimpleString)
    }
    return {module.scope.bindings[name] for name in names if name in module.scope.bindings}


def reexports(module: SourceModule) -> set[Binding]:
    """The bindings of `from m import X as X`, and of what a package imports and does not read."""
    return {
        binding
        for binding in module.scope.bindings.values()
        for store in binding.stores
        if isinstance(store.node, cst.ImportAlias)
        and (
            store.node.evaluated_alias == store.node.evaluated_name
            or (module.is_package and not binding.loads)
        )
    }

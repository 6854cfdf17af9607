"""Names that are free in a module."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container, Sequence

import libcst as cst

from pkcodemods.child_nodes import descendants
from pkcodemods.program import BUILTINS, SourceModule
from pkcodemods.scopes import Binding, Scope
from pkcodemods.vocabulary import TYPES


class ModuleNames:
    """Knows which names a module uses, and finds free ones."""

    def __init__(self, module: SourceModule) -> None:
        self._taken: set[str] = set()
        for scope in module.scope.inside():
            self._taken |= scope.names
            self._taken |= scope.bindings.keys()

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


_PARTYSERVER = frozenset(new for new, _ in TYPES.values()) | {"PartyServer", "ServerOptions", "Host"}


def class_names_for(export: str) -> tuple[str, ...]:
    """Class names that fit an exported name, the best first, none of them one of `partyserver`'s."""
    wish = class_name_for(export)
    names = (wish, f"{wish}Server", f"{wish}Party")
    return tuple(name for name in names if name not in _PARTYSERVER)


def class_name_for(export: str) -> str:
    """A class name that fits an exported name: `default` is `Server`, `chat_room` is `ChatRoom`."""
    if export in ("default", ""):
        return "Server"
    if re.fullmatch(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*", export):
        return export
    words = [word for word in re.split(r"_+|(?<=[a-z0-9])(?=[A-Z])", export) if word]
    return "".join(word[:1].upper() + word[1:].lower() for word in words) or "Server"


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

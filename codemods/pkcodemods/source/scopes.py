"""Scopes and bindings: which name means what, by Python's own rules.

libcst's `ScopeProvider` takes the captures of `match` for reads, puts a walrus of a comprehension into the
comprehension, and makes what a read refers to depend on where it stands; the codemod must know exactly. The
tests compare this one with `symtable`, the compiler's own table, over the standard library.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst


class ScopeType(enum.Enum):
    """What opens a scope."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    COMPREHENSION = "comprehension"
    TYPE_PARAMETERS = "type parameters"


class Role(enum.Enum):
    """How a name is bound."""

    PARAMETER = "parameter"
    ASSIGNMENT = "assignment"
    DECLARATION = "declaration"  # `x: int`
    AUGMENTED = "augmented assignment"
    LOOP = "loop"
    WITH = "with"
    EXCEPT = "except"
    IMPORT = "import"
    FUNCTION = "function"
    CLASS = "class"
    CAPTURE = "capture"
    TYPE = "type"
    DELETION = "deletion"


_DEFINING = frozenset({Role.FUNCTION, Role.CLASS, Role.IMPORT, Role.TYPE})


@dataclass(eq=False, slots=True)
class Store:
    """One place where a name is bound.

    Attributes:
        role: how.
        name: the name's node.
        node: the node that binds it: the `Assign`, `For`, `FunctionDef`, `Param`, `ImportAlias`, ...
    """

    role: Role
    name: cst.CSTNode
    node: cst.CSTNode


@dataclass(eq=False, slots=True)
class Binding:
    """A name in the scope that it belongs to.

    Attributes:
        name: the name.
        scope: the scope.
        stores: where it is bound.
        loads: where it is read, in this scope or in ones inside; string annotations count with the name
            inside of the string.
    """

    name: str
    scope: Scope
    stores: list[Store] = field(default_factory=list)
    loads: list[cst.CSTNode] = field(default_factory=list)
    _sorted: tuple[int, Sequence[Store], Sequence[Store]] = (0, (), ())

    @property
    def values(self) -> Sequence[Store]:
        """The stores but for mere declarations."""
        return self._sorted_stores()[1]

    @property
    def definitions(self) -> Sequence[Store]:
        """The stores that say by themselves what is bound: functions, classes, imports, types.

        One that adds to what is there (`x += 1`) stands for all of them.
        """
        return self._sorted_stores()[2]

    def _sorted_stores(self) -> tuple[int, Sequence[Store], Sequence[Store]]:
        # a name may be bound thousands of times, and be asked for as often
        if self._sorted[0] != len(self.stores):
            added = next((store for store in self.stores if store.role is Role.AUGMENTED), None)
            self._sorted = (
                len(self.stores),
                [store for store in self.stores if store.role is not Role.DECLARATION],
                [store for store in self.stores if store.role in _DEFINING or store is added],
            )
        return self._sorted

    def sole_store(self) -> Store | None:
        """The only place that binds it, if there is one."""
        values = self.values
        return values[0] if len(values) == 1 else None


@dataclass(eq=False, slots=True)
class Scope:
    """A scope.

    Attributes:
        type: what opened it.
        node: the module, class, function, lambda or comprehension.
        parent: the scope around it; None for a module.
        bindings: its own names.
        elsewhere: names that `global` and `nonlocal` take from other scopes.
        children: the scopes right inside.
        declared: the names of its `global` and `nonlocal` statements.
        names: every name that is read or bound right here.
    """

    type: ScopeType
    node: cst.CSTNode
    parent: Scope | None
    bindings: dict[str, Binding] = field(default_factory=dict)
    elsewhere: dict[str, ScopeType] = field(default_factory=dict)
    children: list[Scope] = field(default_factory=list)
    reads: list[tuple[str, cst.CSTNode]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def binding(self, name: str) -> Binding:
        """The binding of a name of this very scope, made if it is new."""
        found = self.bindings.get(name)
        if found is None:
            found = self.bindings[name] = Binding(name, self)
        return found

    def module(self) -> Scope:
        """The module's scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def function(self) -> Scope:
        """The nearest scope that is no comprehension: where a walrus binds."""
        scope = self
        while scope.type is ScopeType.COMPREHENSION and scope.parent is not None:
            scope = scope.parent
        return scope

    def owner(self, name: str) -> Scope | None:
        """The scope whose binding a name means that is used here; None for a builtin or unknown name."""
        declared = self.elsewhere.get(name)
        if declared is ScopeType.MODULE:
            module = self.module()
            return module if name in module.bindings else None
        if name in self.bindings and declared is None:
            return self
        scope = self.parent
        while scope is not None:
            if scope.type is not ScopeType.CLASS:
                if scope.elsewhere.get(name) is ScopeType.MODULE:
                    scope = scope.module()
                elif name in scope.elsewhere:
                    scope = scope.parent
                    continue
                if name in scope.bindings:
                    return scope
            scope = scope.parent
        return None

    def inside(self) -> Iterator[Scope]:
        """This scope and all those within."""
        yield self
        for child in self.children:
            yield from child.inside()

"""A party in the object form, as it stands in the source."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from pkcodemods.api import Handler
from pkcodemods.findings import Problem
from pkcodemods.result import Form
from pkcodemods.source import Binding, SourceModule


@dataclass(frozen=True, slots=True)
class Entry:
    """One handler of an object.

    Attributes:
        key: the name it has in the object.
        handler: what that name means.
        value: the expression or function that is the handler.
        element: the part of the object that holds it: a dict's element, a call's argument, a function.
    """

    key: str
    handler: Handler
    value: cst.BaseExpression | cst.FunctionDef
    element: cst.CSTNode


@dataclass(frozen=True, slots=True)
class Extra:
    """A name of a namespace that is no handler.

    Attributes:
        name: the name.
        value: its value, which means the same at any time.
        element: the part of the object that holds it.
    """

    name: str
    value: cst.BaseExpression
    element: cst.CSTNode


@dataclass(slots=True)
class Party:
    """A party in the object form.

    Attributes:
        module: the module that it stands in.
        name: the exported name; empty where the module itself is the object.
        form: how it is written.
        binding: the exported name's binding; None where the module is the object.
        bindings: the bindings of all names that it is exported under at once.
        aliases: the bindings that get the party from that name, with the lines that do it.
        statement: the line that exports it; None where the module is the object.
        assignment: the assignment in that line.
        value: what is assigned.
        entries: its handlers, in order.
        extras: what else it holds, in order.
        handler_class: the class, where the object is an instance.
        chain: that class and its bases, as Python looks attributes up.
        problems: why it cannot be read as an object of handlers.
        certain: whether it is annotated as an object of handlers, or made by calling that type.
        lines: the lines that build it, in order.
        taken: the reads of objects whose handlers it takes over, with the names that those have.
        sources: the names of those objects, with the lines that build them.
        going: those of them that have no other use.
        shared: the values that other parties hold too, or objects that stay.
        absent: the keys that hold None.
        ignored: whether it is left alone.
        ignored_codes: the codes for whose findings a comment says to leave it alone.
    """

    module: SourceModule
    name: str
    form: Form
    binding: Binding | None = None
    statement: cst.SimpleStatementLine | None = None
    assignment: cst.Assign | cst.AnnAssign | None = None
    value: cst.BaseExpression | None = None
    entries: list[Entry] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
    handler_class: cst.ClassDef | None = None
    chain: list[cst.ClassDef] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)
    aliases: dict[Binding, cst.SimpleStatementLine] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    certain: bool = False
    lines: list[cst.SimpleStatementLine] = field(default_factory=list)
    taken: dict[cst.CSTNode, Binding] = field(default_factory=dict)
    sources: dict[Binding, list[cst.SimpleStatementLine]] = field(default_factory=dict)
    going: dict[Binding, list[cst.SimpleStatementLine]] = field(default_factory=dict)
    shared: set[cst.CSTNode] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    ignored: bool = False
    ignored_codes: frozenset[str] = frozenset()

    @property
    def place(self) -> cst.CSTNode:
        """Where findings about all of it point to."""
        if self.value is not None:
            return self.value
        return self.entries[0].element if self.entries else self.module.tree

    @property
    def methods(self) -> tuple[str, ...]:
        """Its handlers by their names in the class form."""
        return tuple(entry.handler.method for entry in self.entries)

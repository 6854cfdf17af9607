"""What will be done to a module, decided before any of it is done."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from pkcodemods.api import SHIMS, Kind
from pkcodemods.findings import Problem
from pkcodemods.parties import Entry, OutsideRead, Party, Signature
from pkcodemods.result import Form, Outcome
from pkcodemods.source import Binding, Edit, SourceModule


class Move(enum.Enum):
    """How a handler becomes a method."""

    FUNCTION = "the function moves into the class"
    LAMBDA = "the lambda's body becomes the method's"
    DELEGATE = "the method calls the function, which stays"
    METHOD = "the method stays in its class"


@dataclass(slots=True)
class HandlerPlan:
    """How one handler becomes a method.

    Attributes:
        entry: the handler in the object.
        move: how it becomes a method.
        signature: what it takes.
        call: for a delegating method, the function that it calls.
        before: arguments that the call has in front of the offered ones.
        keywords: arguments that it has behind them.
        hoisted: for a delegating method, the name that keeps what the object's expression gave.
        room_alias: whether the method begins with `room = self.room`, instead of `self.room` everywhere.
        was_static: whether it is a static method of the class of handlers.
        views: whether it gets views with the old names.
        left_out: the names of arguments that it leaves out and hands on, by their places.
        annotations: for a delegating method, those of its parameters, and of what it returns, that are not
            the function's own; None to leave one out. For a method made of a lambda what it returns, if it
            is to have annotations at all.
    """

    entry: Entry
    move: Move
    signature: Signature
    call: cst.BaseExpression | None = None
    before: list[cst.Arg] = field(default_factory=list)
    keywords: list[cst.Arg] = field(default_factory=list)
    hoisted: str | None = None
    room_alias: bool = False
    was_static: bool = False
    views: bool = False
    left_out: dict[int, str] = field(default_factory=dict)
    annotations: Mapping[str, cst.Annotation | None] = field(default_factory=dict)

    @property
    def room_parameter(self) -> cst.Param | None:
        """The parameter that gets the room."""
        index = self.entry.handler.room_index
        if index is None or index >= len(self.signature.positional):
            return None
        return self.signature.positional[index]

    @property
    def view_kinds(self) -> list[Kind]:
        """The kinds of the views that it gets."""
        if not self.views:
            return []
        offered = self.entry.handler.offered[: self.signature.taken(self.entry.handler)]
        return [argument.kind for argument in offered if argument.kind in SHIMS]


@dataclass(slots=True)
class HelperPlan:
    """How a method that is no handler goes without the room that it is handed.

    Attributes:
        owner: the class that it stands in.
        method: the method.
        parameter: the parameter that goes, as it is always the instance's own room.
        room_alias: whether the method begins with `room = self.room`, instead of `self.room` everywhere.
        calls: the calls that may run it, each with the argument that goes.
    """

    owner: cst.ClassDef
    method: cst.FunctionDef
    parameter: cst.Param
    room_alias: bool
    calls: dict[cst.Call, int]


@dataclass(slots=True)
class ClassPlan:
    """How a class of handlers becomes one of `PartyServer`'s.

    Attributes:
        node: the class.
        handlers: how its handlers become methods of the class form.
        extends: whether `PartyServer` becomes a base of this very class.
        hibernate: what its options say; None if it has none of its own.
        calls: the calls of handlers within it, and what takes their places.
        helpers: how its other methods go without the room.
        shortened: the calls of such methods within it, each with the argument that goes.
    """

    node: cst.ClassDef
    handlers: list[HandlerPlan]
    extends: bool
    hibernate: bool | None = None
    calls: dict[cst.CSTNode, Edit] = field(default_factory=dict)
    helpers: list[HelperPlan] = field(default_factory=list)
    shortened: dict[cst.Call, int] = field(default_factory=dict)


@dataclass(slots=True)
class PartyPlan:
    """What is going to be done to a party.

    Attributes:
        party: the party.
        handlers: how its handlers become methods.
        problems: the findings.
        class_name: the class's name, where it becomes one.
        kept_name: the name that the object keeps, where its export is read as an object.
        delegates: whether the class calls the handlers of an instance that stays, under that name.
        classes: how the classes of an instance become the party's.
        gone: the lines that go of objects from which it took handlers.
        uncommented: those of them whose comments went to another class.
        direct_reads: the reads of single handlers, which are to read the functions themselves.
        object_reads: the names that are pointed to that object.
        outside_reads: those in other modules.
        export: for an object that is kept, the statement that exports its class.
        export_after: the last statement of the module that builds the object, behind which the export comes.
    """

    party: Party
    handlers: list[HandlerPlan] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    class_name: str = ""
    kept_name: str = ""
    delegates: bool = False
    classes: list[ClassPlan] = field(default_factory=list)
    gone: list[cst.SimpleStatementLine] = field(default_factory=list)
    uncommented: set[cst.CSTNode] = field(default_factory=set)
    direct_reads: dict[cst.CSTNode, cst.Name] = field(default_factory=dict)
    object_reads: list[cst.CSTNode] = field(default_factory=list)
    outside_reads: list[OutsideRead] = field(default_factory=list)
    export: cst.BaseStatement | None = None
    export_after: cst.CSTNode | None = None

    @property
    def outcome(self) -> Outcome:
        """What becomes of the party."""
        if self.party.ignored:
            return Outcome.UNTOUCHED
        outcomes = {problem.code.outcome for problem in self.problems}
        for outcome in (Outcome.ERROR, Outcome.UNTOUCHED, Outcome.WRAPPED, Outcome.RESIDUE):
            if outcome in outcomes:
                return outcome
        return Outcome.REWRITTEN

    @property
    def converts(self) -> bool:
        """Whether the classes of an instance become the party's."""
        return self.becomes_class and self.party.form is Form.INSTANCE and not self.delegates

    @property
    def becomes_class(self) -> bool:
        """Whether it is rewritten, with residue or without."""
        return self.outcome in (Outcome.REWRITTEN, Outcome.RESIDUE)


@dataclass(slots=True)
class UsePlan:
    """What is going to be done to the uses of the old API.

    Attributes:
        edits: what takes the place of which node.
        removed: statements that go, because what they did is done where it is used.
        expanded: statements in whose place there are several.
        problems: the findings.
        shims: the functions of `pkcompat` that the new code calls.
        bridge_names: what functions of `pkcompat`, and `sys`, are called where theirs mean something else.
        import_names: imports that get another name here.
        inlined: local names whose reads are replaced by what they stood for.
        lookup_function: the name of the function that looks a connection up or raises `KeyError`, if the
            edits that were made call one.
    """

    edits: dict[cst.CSTNode, Edit] = field(default_factory=dict)
    removed: set[cst.CSTNode] = field(default_factory=set)
    expanded: dict[cst.CSTNode, Edit] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    shims: set[str] = field(default_factory=set)
    bridge_names: dict[str, str] = field(default_factory=dict)
    import_names: dict[cst.CSTNode, str] = field(default_factory=dict)
    inlined: dict[Binding, cst.BaseExpression] = field(default_factory=dict)
    lookup_function: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything is done."""
        return bool(self.edits or self.removed or self.expanded)


@dataclass(slots=True)
class ModulePlan:
    """Everything that is going to be done to a module.

    Attributes:
        module: the module.
        parties: what is done to its parties.
        uses: what is done to its uses of the old API.
        classes: what is done to the classes in it that become `PartyServer`'s.
        dropped: lines that build objects which are no longer used.
    """

    module: SourceModule
    parties: list[PartyPlan]
    uses: UsePlan = field(default_factory=UsePlan)
    classes: dict[cst.ClassDef, ClassPlan] = field(default_factory=dict)
    dropped: set[cst.SimpleStatementLine] = field(default_factory=set)

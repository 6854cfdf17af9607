"""Deciding for whole modules: which parties become classes, and what is done to the code around them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain

import libcst as cst

from pkcodemods.api import SHIMS
from pkcodemods.deciding.class_naming import NamesElsewhere, name_classes
from pkcodemods.deciding.copied_annotations import AnnotationCopier
from pkcodemods.deciding.finding_owners import attribute_problems, note_hibernation
from pkcodemods.deciding.handed_types import handed_types
from pkcodemods.deciding.handlers import HandlerDecider
from pkcodemods.deciding.imported_functions import ImportedFunctions
from pkcodemods.deciding.instance_sharing import may_delegate, name_of_object
from pkcodemods.deciding.instances import ConversionObjections, chain_entries, class_plans
from pkcodemods.deciding.new_names import PartyserverNames
from pkcodemods.deciding.seeding import seed_handler
from pkcodemods.deciding.shown_code import ShownCode
from pkcodemods.deciding.type_uses import TypeUses
from pkcodemods.deciding.uses import UseDecider
from pkcodemods.deciding.wrapping import WrappingPlanner
from pkcodemods.findings import Problem, problem
from pkcodemods.inference import AnnotationReader, Inference
from pkcodemods.parties import LEGACY_TO_CLASS, Entry, OutsideUses, Party, known_reads, object_reads
from pkcodemods.plans import ClassPlan, HandlerPlan, ModulePlan, Move, PartyPlan
from pkcodemods.result import Form, Outcome
from pkcodemods.settings import Settings
from pkcodemods.source import (
    AddedImport,
    Binding,
    ModuleNames,
    Program,
    Role,
    SourceModule,
    names_in_all,
    reexports,
    replace_by,
    shortening,
)


class ModuleDecider:
    """Decides for one module of a program.

    Attributes:
        program: the modules.
        annotations: knows the modules of the object form.
        module: the module.
        names: the names in it.
        imports: what it calls the classes of `partyserver`.
        pinned: bindings that code outside of it needs.
        plan: what is going to be done to it.
        classes: the classes in it that become `PartyServer`'s.
        type_uses: renames its types; None while it keeps them.
        leaving: its objects that are no longer used, with the lines that build them.
        held: the handlers in it of parties that become classes, whichever module's they are.
        added_imports: imports that it needs besides those of `partyserver` and `pkcompat`.
    """

    def __init__(
        self,
        program: Program,
        annotations: AnnotationReader,
        module: SourceModule,
        parties: list[Party],
        outside: OutsideUses,
    ) -> None:
        self.program = program
        self.annotations = annotations
        self.module = module
        self._outside = outside
        self.pinned = outside.pinned | names_in_all(module) | reexports(module)
        self.names = ModuleNames(module)
        self.imports = PartyserverNames(program, module, self.names, annotations)
        self.plans = [PartyPlan(party, problems=list(party.problems)) for party in parties]
        self._unseeded: set[Entry] = set()
        self._introspecting: dict[cst.CSTNode, str] = {}
        self.type_uses: TypeUses | None = None
        self.plan = ModulePlan(module, self.plans)
        self.held: list[HandlerPlan] = []
        self.leaving: dict[Binding, list[cst.SimpleStatementLine]] = {}
        self._imported = ImportedFunctions(program, module, self.names)
        self._is_left = False
        self.added_imports: list[AddedImport] = []
        self._is_foreign = False
        self.classes: dict[cst.ClassDef, ClassPlan] = {}

    def read_exports(self, taken: Collection[cst.CSTNode]) -> None:
        """Find the exports that are read as objects, here and in other modules.

        Args:
            taken: reads that only give parties their handlers.
        """
        for plan in self.plans:
            reads = object_reads(self.program, plan.party, taken)
            elsewhere = [
                read
                for binding in (*plan.party.bindings, *plan.party.aliases)
                for read in self._outside.reads.get(binding, ())
                if read.needs_object and read.node not in taken
            ]
            if not (reads or elsewhere) or plan.party.ignored:
                continue
            plan.object_reads, plan.outside_reads = reads, elsewhere
            called = None if elsewhere else known_reads(self.program, plan.party, reads)
            if called is not None and plan.becomes_class and plan.party.form is not Form.INSTANCE:
                plan.direct_reads = called
                self.pinned |= {
                    b for name in called.values() if (b := self.program.binding(name)) is not None
                }
            elif plan.party.form is not Form.INSTANCE or not plan.becomes_class:
                plan.problems.append(self._note_reads(plan))

    def keep_read_objects(self, taken: Mapping[cst.CSTNode, Binding]) -> bool:
        """Keep objects from which wrapped parties take handlers, and those that are read.

        Args:
            taken: the reads of such parties, with the names that are read.

        Returns:
            Whether a party is wrapped for that.
        """
        changed = False
        for plan in self.plans:
            read = [node for node, binding in taken.items() if binding in plan.party.bindings]
            elsewhere = [
                each
                for binding in plan.party.bindings
                for each in self._outside.reads.get(binding, ())
                if each.node in read and each not in plan.outside_reads
            ]
            read = [node for node in read if node not in plan.object_reads and node in self.module.nodes]
            plan.object_reads += read
            plan.outside_reads += elsewhere
            if (
                not (plan.object_reads or plan.outside_reads)
                or plan.kept_name
                or plan.party.ignored
                or plan.converts
            ):
                continue
            if read or elsewhere or not plan.becomes_class:
                plan.direct_reads = {}
                plan.problems.append(self._note_reads(plan))
                changed = True
        return changed

    def _note_reads(self, plan: PartyPlan) -> Problem:
        """The finding that an export is read as an object, which gets a name of its own."""
        name, reads, elsewhere = plan.party.name, plan.object_reads, plan.outside_reads
        wish = f"{name}_object" if name.lower().endswith("handlers") else f"{name}_handlers"
        plan.kept_name = self.names.take(wish, f"_{wish}")
        where = "here" if reads else f"by `{elsewhere[0].module.name}`"
        place = reads[0] if reads else plan.party.value or self.module.tree
        return problem("PK103", place, name=name, where=where, kept=plan.kept_name)

    def seed(self, inference: Inference) -> None:
        """Let the handlers of the parties that are not wrapped be called as the platform calls them."""
        for plan in self.plans:
            if plan.becomes_class:
                for entry in chain_entries(self.program, plan.party):
                    seed_handler(inference, plan.party, entry, gets_views=entry in self._unseeded)

    def decide_uses(self, inference: Inference, shown: ShownCode) -> bool:
        """Decide what becomes of the uses of the old API.

        Args:
            inference: what is where.
            shown: finds what shows the code of handlers.

        Returns:
            Whether the inference must run again on less: a party is wrapped, or the module is one
            of mere helpers that cannot be moved to the new names.
        """
        self.plan = ModulePlan(self.module, self.plans)
        self.type_uses = None
        self.plan.classes = self.classes
        live = [plan for plan in self.plans if plan.becomes_class]
        if not live and (self.plans or self._is_foreign or self._is_left):
            return self._hide()  # its functions keep the old names
        handlers = [handler for party in live for handler in party.handlers]
        handlers += [handler for owner in self.classes.values() for handler in owner.handlers]
        handlers += [handler for handler in self.held if handler.move is Move.DELEGATE]
        helpers = [helper for owner in self.classes.values() for helper in owner.helpers]
        uses = UseDecider(
            self.program, inference, self.module, handlers, helpers, self.pinned, shown
        ).decide()
        for owner in self.classes.values():
            uses.edits.update(owner.calls)
            for call, index in owner.shortened.items():
                uses.edits[call] = shortening(index, uses.edits.get(call))
        if (
            live
            or self.classes
            or self.held
            or self.leaving
            or uses.changes
            or uses.shims
            or uses.problems
            or inference.is_seeded
        ):
            self.type_uses = TypeUses(
                self.program,
                self.module,
                self.annotations,
                self.imports,
                uses,
                self.plans,
                {*chain(*self.leaving.values())},
            )
            self.type_uses.decide()
        if not live:
            if any(item.code.outcome is Outcome.WRAPPED for item in uses.problems):
                self.type_uses = None
                return self._hide()
            self.plan.uses = uses
            return False
        self.plan.uses = uses
        if attribute_problems(self.program, uses.problems, live):
            return True
        note_hibernation(self.program, self.module, inference, live, uses.problems)
        return False

    def hands_types_on(self) -> bool:
        """Whether other modules find types of the object form here, which are to become the new ones."""
        if self.type_uses is None:
            return False
        return bool(handed_types(self.program, self.module, self.annotations, self.pinned))

    def leave(self) -> None:
        """Leave the module as it is."""
        self._is_left = True

    def _hide(self) -> bool:
        """Make the other modules treat the code of this one as code that was not given.

        Returns:
            Whether that is new.
        """
        was_foreign, self._is_foreign = self._is_foreign, True
        self.program.hide(self.module)
        return not was_foreign and len(self.program.modules) > 1

    def leave_ignored(self, settings: Settings) -> bool:
        """Leave parties alone whose findings are ignored in this file, or by a comment.

        Returns:
            Whether there are any that were not left alone before.
        """
        codes = settings.ignored_codes(self.module.path)
        changed = False
        for plan in self.plans:
            ignored = codes | plan.party.ignored_codes
            if not plan.party.ignored and any(item.code.code in ignored for item in plan.problems):
                plan.party.ignored = changed = True
        return changed

    def finish(self, settings: Settings, elsewhere: NamesElsewhere) -> None:
        """Name the classes, and plan what is wrapped.

        Args:
            settings: what the user chose.
            elsewhere: knows the names in other modules.
        """
        known = settings.party_name(self.module.path)
        name_classes(self.plans, self.module, self.names, elsewhere, known)
        self._copy_annotations()
        self._import_functions()
        self._let_sources_go()
        self._name_bridge()
        wrapping = WrappingPlanner(self.program, self.module.tree, self.plan.uses)
        for party in self.plans:
            if party.outcome is Outcome.WRAPPED and party.party.form is not Form.MODULE:
                wrapping.plan(party)
            elif party.becomes_class:
                self._unwrap(party)
                for read, function in party.direct_reads.items():
                    self.plan.uses.edits[read] = replace_by(function)
                for read in party.object_reads if party.delegates else ():
                    self.plan.uses.edits[read] = replace_by(cst.Name(party.kept_name))

    def _name_bridge(self) -> None:
        """Give functions of `pkcompat`, and `sys`, other names where theirs are something else here."""
        for name in ("legacy_to_class", *SHIMS.values()):
            bindings = [s.bindings[name] for s in self.module.scope.inside() if name in s.bindings]
            stores = [self.program.import_of(binding) for binding in bindings]
            if any(
                store is None or self.program.import_name(store) != f"pkcompat.{name}" for store in stores
            ):
                self.plan.uses.bridge_names[name] = self.names.take(f"pkcompat_{name}")
        own = self.module.scope.bindings.get("sys")
        if own is not None and any(
            store.role is not Role.IMPORT or self.program.import_name(store) != "sys" for store in own.stores
        ):
            self.plan.uses.bridge_names["sys"] = self.names.take("_sys")

    def _copy_annotations(self) -> None:
        """Choose annotations for delegating methods where those of the function would mean nothing."""
        copier = AnnotationCopier(self.program, self.module, self.annotations, self.imports, self.names)
        for plan in self.plans:
            in_class = {*plan.party.methods, "options"}
            for handler in plan.handlers if plan.becomes_class else ():
                if handler.move is Move.DELEGATE:
                    handler.annotations = copier.of_method(handler.signature, in_class)
        self.added_imports = copier.imports

    def _import_functions(self) -> None:
        """Import what methods call of other modules, in place of the objects that held it."""
        classes = [plan for plan in self.plans if plan.becomes_class]
        needed = self._imported.needed(handler for plan in classes for handler in plan.handlers)
        taken = {node for plan in classes for node in plan.party.taken}
        edits, left = self._imported.instead_of(taken, needed, self.pinned)
        self.plan.uses.edits.update(edits)
        self.added_imports += left

    def _let_sources_go(self) -> None:
        """Remove objects that only gave parties their handlers."""
        self.plan.dropped = {*chain(*self.leaving.values())}
        self.pinned -= self.leaving.keys()

    def _unwrap(self, plan: PartyPlan) -> None:
        """A class needs no `legacy_to_class` any more where it is handed to something."""
        for binding in (*plan.party.bindings, *plan.party.aliases):
            for load in binding.loads:
                argument = self.program.parents[load]
                call = self.program.parents.get(argument)
                if not isinstance(argument, cst.Arg) or not isinstance(call, cst.Call):
                    continue
                if self.program.qualified_name(call.func) == LEGACY_TO_CLASS and len(call.args) == 1:
                    self.plan.uses.edits[call] = lambda updated: updated.args[0].value

    # parties

    def decide_handlers(self, inference: Inference, peers: Sequence[PartyPlan]) -> bool:
        """Decide for the handlers.

        Args:
            inference: what is where.
            peers: the parties of all modules.

        Returns:
            Whether the inference must run again on less.
        """
        decider = HandlerDecider(
            self.program, inference, self.names, self.pinned, self._introspecting, self._imported
        )
        changed = False
        for plan in self.plans:
            if not plan.becomes_class:
                continue
            plan.problems = [item for item in plan.problems if item.code.code != "PK204"]
            delegated = plan.delegates
            plan.handlers, problems = decider.decide(plan)
            if plan.party.form is Form.INSTANCE and not delegated:
                problems = self._decide_instance(inference, decider, plan, problems, peers)
            elif delegated and not may_delegate(self.program, inference, plan.party):
                problems = [self._no_class(plan, "a file that it is made of keeps the old names")]
            plan.problems += problems
            viewed = {handler.entry for handler in plan.handlers if handler.views}
            changed |= not plan.becomes_class or not viewed <= self._unseeded or plan.delegates != delegated
            self._unseeded |= viewed
        return changed

    def _decide_instance(
        self,
        inference: Inference,
        decider: HandlerDecider,
        plan: PartyPlan,
        problems: list[Problem],
        peers: Sequence[PartyPlan],
    ) -> list[Problem]:
        """Decide whether the class of an instance becomes the party, or a class delegates to the instance."""
        plan.classes = class_plans(self.program, plan.party, plan.handlers)
        objection = ConversionObjections(self.program, inference, self._outside, peers).first(plan)
        is_read = bool(plan.object_reads or plan.outside_reads)
        if objection is None and not is_read and all(item.code.code != "PK109" for item in problems):
            return problems
        if may_delegate(self.program, inference, plan.party):
            plan.delegates = True
            plan.kept_name = name_of_object(plan.party, self.names)
            plan.handlers, problems = decider.decide(plan)
            return problems
        if is_read:
            return [self._note_reads(plan)]
        if objection is None:
            return problems
        others = [item for item in problems if item.code.code != "PK109"]  # the objection covers it
        return [*others, self._no_class(plan, objection)]

    def _no_class(self, plan: PartyPlan, what: str) -> Problem:
        """The finding that a class of handlers cannot become the party."""
        node = plan.party.handler_class
        assert node is not None
        place = node if node in self.module.nodes else plan.party.place
        return problem("PK109", place, name=node.name.value, what=what)

"""Deciding for all modules of a program together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import libcst as cst

from pkcodemods.deciding.class_naming import NamesElsewhere
from pkcodemods.deciding.instances import set_options
from pkcodemods.deciding.module import ModuleDecider
from pkcodemods.deciding.outside_calls import called_with_stand_ins, seed_stand_ins
from pkcodemods.deciding.own_rooms import OwnRooms
from pkcodemods.deciding.shown_code import ShownCode
from pkcodemods.findings import problem
from pkcodemods.inference import AnnotationReader, Inference
from pkcodemods.parties import OutsideRead, Party, outside_uses
from pkcodemods.plans import HandlerPlan, PartyPlan
from pkcodemods.result import Outcome
from pkcodemods.settings import Settings
from pkcodemods.source import Edit, Program, SourceModule, Store, replace_by


class ProgramDecider:
    """Decides for the modules of a program.

    Args:
        program: the modules.
        annotations: knows the modules of the object form.
        parties: the parties of each module.
        left: modules that stay as they are; their parties have findings that say so.

    Attributes:
        program: the modules.
        modules: the decider of each module, in their order.
    """

    def __init__(
        self,
        program: Program,
        annotations: AnnotationReader,
        parties: Mapping[SourceModule, list[Party]],
        left: Collection[SourceModule] = (),
    ) -> None:
        self.program = program
        self._annotations = annotations
        self._outside = outside = outside_uses(program)
        self._called_with_stand_ins: set[cst.FunctionDef] = set()
        self.modules = {
            module: ModuleDecider(program, annotations, module, parties.get(module, []), outside)
            for module in program.modules
        }
        self._left = frozenset(left)
        for module in left:
            self.modules[module].leave()

    def decide(self, settings: Settings) -> None:
        """Decide; wrapping a party only reduces what is left to decide, so this terminates."""
        deciders = list(self.modules.values())
        plans = [plan for decider in deciders for plan in decider.plans]
        taken = {node for plan in plans if plan.becomes_class for node in plan.party.taken}
        for decider in deciders:
            decider.read_exports(taken)
        while True:
            inference = Inference(self.program, self._annotations)
            for decider in deciders:
                decider.seed(inference)
            for function in self._called_with_stand_ins:
                seed_stand_ins(inference, function)
            inference.solve()
            if self._find_stand_ins(inference):
                continue
            wrapped = [plan.party for plan in plans if not plan.becomes_class]
            read = {node: binding for party in wrapped for node, binding in party.taken.items()}
            _any(decider.keep_read_objects(read) for decider in deciders)
            if _any(decider.decide_handlers(inference, plans) for decider in deciders):
                continue
            if _any(map(self._hold_back, plans)):
                continue
            self._give_handlers()
            self._give_classes(plans)
            self._give_own_rooms(inference)
            self._let_sources_go(plans)
            shown = ShownCode(inference, {handler.signature.function for handler in _handlers(plans)})
            if _any(decider.decide_uses(inference, shown) for decider in deciders):
                continue
            if not _any(decider.leave_ignored(settings) for decider in deciders):
                break
        elsewhere = NamesElsewhere(self.program)
        for decider in deciders:
            decider.finish(settings, elsewhere)
        for decider in deciders:
            for plan in decider.plans:
                if (plan.outcome is Outcome.WRAPPED or plan.delegates) and plan.kept_name:
                    self._point_to_object(plan)

    def _find_stand_ins(self, inference: Inference) -> bool:
        """Find functions that are called with stand-ins, and say whether there are more than were known."""
        exporting = {module for module, decider in self.modules.items() if decider.plans}
        found = called_with_stand_ins(self.program, inference, self._outside, exporting)
        is_new = not found <= self._called_with_stand_ins
        self._called_with_stand_ins |= found
        return is_new

    def _hold_back(self, plan: PartyPlan) -> bool:
        """Leave a party unchanged that needs a change in a module which stays as it is; whether there is one.

        That is where its classes stand, or its export is read as an object.
        """
        if (plan.outcome is Outcome.WRAPPED or plan.delegates) and plan.kept_name:
            for module in self._readers(plan):
                if module in self._left:
                    what = f"its object with `{module.name}`, which stays as it is"
                    name = f"`{plan.party.name}`"
                    plan.problems.append(problem("PK404", plan.party.place, name=name, what=what))
                    return True
        for own in plan.classes if plan.converts else ():
            module = self.program.module_of(own.node)
            if module in self._left:
                name = f"`{plan.party.name}`"
                what = f"the class `{own.node.name.value}` of `{module.name}`, which stays as it is"
                plan.problems.append(problem("PK404", plan.party.place, name=name, what=what))
                return True
        return False

    def _readers(self, plan: PartyPlan) -> Iterator[SourceModule]:
        """The other modules that would have to read the object that is kept."""
        for read in plan.outside_reads:
            yield read.module
            yield from (self.program.module_of(store.node) for store in read.imports)

    def _give_handlers(self) -> None:
        """Give each module its functions that are handlers of parties that become classes."""
        for decider in self.modules.values():
            decider.held = []
        for handler in _handlers(plan for decider in self.modules.values() for plan in decider.plans):
            self.modules[self.program.module_of(handler.signature.function)].held.append(handler)

    def _give_classes(self, plans: Sequence[PartyPlan]) -> None:
        """Give each module its classes that become `PartyServer`'s, whichever module's party they are."""
        set_options(plans)
        for decider in self.modules.values():
            decider.classes = {}
        for plan in plans:
            for own in plan.classes if plan.converts else ():
                known = self.modules[self.program.module_of(own.node)].classes.setdefault(own.node, own)
                known.hibernate = own.hibernate if known.hibernate is None else known.hibernate

    def _give_own_rooms(self, inference: Inference) -> None:
        """Remove the room from the parameters of those classes' methods that can use `self.room`."""
        classes = {node: own for decider in self.modules.values() for node, own in decider.classes.items()}
        for own in classes.values():
            own.helpers, own.shortened = [], {}
        for helper in OwnRooms(self.program, inference, list(classes.values())).find():
            classes[helper.owner].helpers.append(helper)
            for call, index in helper.calls.items():
                owner = next(node for node in self.program.ancestors(call) if node in classes)
                assert isinstance(owner, cst.ClassDef)
                classes[owner].shortened[call] = index

    def _let_sources_go(self, plans: Sequence[PartyPlan]) -> None:
        """Note the objects of which all parties that take handlers from them become classes."""
        staying = {b for plan in plans if not plan.becomes_class for b in plan.party.going}
        seen: set[cst.CSTNode] = set()
        for decider in self.modules.values():
            decider.leaving = {}
        for plan in plans:
            going = {b: lines for b, lines in plan.party.going.items() if b not in staying}
            plan.gone = [line for lines in going.values() for line in lines]
            plan.uncommented = seen & {*plan.gone}
            seen.update(plan.gone)
            for binding, lines in going.items():
                self.modules[self.program.module_of(binding.scope.node)].leaving[binding] = lines

    # readers in other modules

    def _point_to_object(self, plan: PartyPlan) -> None:
        """Let the other modules that read an export as an object read the object that is kept."""
        for read in plan.outside_reads:
            uses = self.modules[read.module].plan.uses
            kept = cst.Name(plan.kept_name)
            if isinstance(read.node, cst.Attribute):
                uses.edits[read.node] = _with_attribute(kept)
                continue
            uses.edits[read.node] = replace_by(kept)
            for store in read.imports:
                self._import_too(store, read, plan)

    def _import_too(self, store: Store, read: OutsideRead, plan: PartyPlan) -> None:
        """Let an import of the export bring the object too, or instead where nothing else reads it."""
        statement = self.program.parents[store.node]
        assert isinstance(statement, cst.ImportFrom)
        module = self.program.module_of(statement)
        decider = self.modules[module]
        binding = self.program.binding(store.name)
        needed = {outside.node for outside in plan.outside_reads}
        instead = module is read.module and binding is not None and binding not in decider.pinned
        if instead and binding is not None and set(binding.loads) <= needed:
            decider.plan.uses.edits[store.node] = lambda alias: alias.with_changes(
                name=cst.Name(plan.kept_name), asname=None
            )
        else:
            decider.plan.uses.edits[statement] = _with_alias(plan.kept_name)


def _handlers(plans: Iterable[PartyPlan]) -> Iterator[HandlerPlan]:
    """The handlers of the parties that become classes."""
    for plan in plans:
        yield from plan.handlers if plan.becomes_class else ()


def _any(changes: Iterable[bool]) -> bool:
    """Whether any decider changed something; each gets its turn."""
    return True in list(changes)


def _with_attribute(name: cst.Name) -> Edit:
    """Another attribute of the same."""

    def edit(updated: cst.Attribute) -> cst.Attribute:
        return updated.with_changes(attr=name)

    return edit


def _with_alias(name: str) -> Edit:
    """A `from` import of one name more."""

    def edit(updated: cst.ImportFrom) -> cst.ImportFrom:
        assert not isinstance(updated.names, cst.ImportStar)
        if any(alias.evaluated_name == name for alias in updated.names):
            return updated
        *most, last = updated.names
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        new = cst.ImportAlias(cst.Name(name), comma=last.comma)
        return updated.with_changes(names=[*most, last.with_changes(comma=comma), new])

    return edit

"""What an object of handlers holds, over all that is merged into it and changed in it."""

from __future__ import annotations

import difflib

import libcst as cst

from pkcodemods.api import HANDLER_SPELLINGS, SERVER_TYPE, TAGS_SPELLINGS, TAKEN, missed_handler
from pkcodemods.findings import problem
from pkcodemods.inference import AnnotationReader
from pkcodemods.parties.object_building import (
    Building,
    Change,
    Drop,
    Merge,
    building_of,
    has_effects,
    only_reads,
)
from pkcodemods.parties.party import Entry, Extra, Party
from pkcodemods.parties.uses_elsewhere import OutsideUses, outside_uses
from pkcodemods.result import Form
from pkcodemods.source import (
    Binding,
    Program,
    ScopeType,
    comments_in,
    constant_text,
    definition_of,
    described_literal,
    may_be_called,
    runs_later_the_same,
)

_COPIES = ("copy.copy", "builtins.dict", "collections.OrderedDict")


class ObjectContents:
    """Puts handlers into parties: single ones, and those of other objects that they are made of."""

    def __init__(self, program: Program, annotations: AnnotationReader) -> None:
        self._program = program
        self._annotations = annotations
        self._buildings: dict[Binding, Building | None] = {}
        self._followed: list[tuple[Binding, Building]] = []
        self._known_uses: OutsideUses | None = None

    def building(self, binding: Binding) -> Building | None:
        """How the object of a module's name is built, where that is known."""
        if binding not in self._buildings:
            module = self._program.module_of(binding.scope.node)
            self._buildings[binding] = building_of(self._program, module, binding)
        return self._buildings[binding]

    def change(self, party: Party, building: Building) -> None:
        """Apply to a party, whose value is read, the changes behind its assignment."""
        assert party.binding is not None
        self._followed.append((party.binding, building))
        self._change(party, building)
        self._followed.pop()
        party.lines = building.lines
        values = [entry.value for entry in party.entries] + [extra.value for extra in party.extras]
        if len(party.lines) > 1 and any(has_effects(self._program, line, values) for line in party.lines):
            assert party.value is not None
            party.problems.append(problem("PK101", party.value, name=party.name))
        own = {load for load in party.binding.loads if self._line_of(load) in building.lines}
        party.taken.update(dict.fromkeys(own, party.binding))

    def begin(self, party: Party, building: Building | None) -> None:
        """What a party's value reads under the party's own name is what that held before."""
        self._followed.clear()
        if building is not None and party.binding is not None:
            self._followed.append((party.binding, building))

    def _change(self, party: Party, building: Building) -> None:
        for _, changes in building.changes:
            for change in changes:
                self._apply(party, change)

    def _apply(self, party: Party, change: Change) -> None:
        is_namespace = party.form is Form.NAMESPACE
        if isinstance(change, Merge) and not is_namespace:
            self.merge(party, change.value, change.value)
            return
        if isinstance(change, Merge):
            party.problems.append(problem("PK101", change.value, name=party.name))
            return
        key = change.key if isinstance(change.key, str) else self.key(change.key)
        is_attribute = isinstance(change.key, str) and isinstance(change.element, cst.Assign)
        if key is None or is_attribute is not is_namespace:
            party.problems.append(problem("PK101", change.element, name=party.name))
        elif isinstance(change, Drop):
            party.entries = [entry for entry in party.entries if entry.key != key]
            party.absent.discard(key)
        elif not (change.keeps and (key in party.absent or any(e.key == key for e in party.entries))):
            self.add(party, key, change.value, change.element)

    def merge(self, party: Party, value: cst.BaseExpression, place: cst.CSTNode) -> None:
        """Put all into a party that another object holds, if that is known.

        Args:
            party: the party.
            value: the other object.
            place: where a finding points to.
        """
        if isinstance(value, cst.Dict):
            self.add_all(party, value)
        elif isinstance(value, (cst.List, cst.Tuple)):
            self._add_pairs(party, value, place)
        elif isinstance(value, (cst.Name, cst.Attribute)):
            self._take(party, value, place)
        elif isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.BitOr):
            self.merge(party, value.left, place)
            self.merge(party, value.right, place)
        elif isinstance(value, cst.Call) and (copied := self.copied(value)) is not None:
            self.merge(party, copied, place)
        elif isinstance(value, cst.Call) and self._makes_dict(value.func):
            self.add_arguments(party, value)
        else:
            party.problems.append(problem("PK101", place, name=party.name))

    def copied(self, value: cst.Call) -> cst.BaseExpression | None:
        """What `COMMON.copy()`, `copy(COMMON)` or `dict(COMMON)` is a copy of."""
        if not value.args and isinstance(value.func, cst.Attribute) and value.func.attr.value == "copy":
            return value.func.value
        if self._program.qualified_name(value.func) not in _COPIES or len(value.args) != 1:
            return None
        argument = value.args[0]
        is_object = isinstance(argument.value, (cst.Name, cst.Attribute))
        return argument.value if is_object and argument.keyword is None and not argument.star else None

    def _makes_dict(self, node: cst.BaseExpression) -> bool:
        is_type = self._annotations.legacy_name(node) == SERVER_TYPE
        return is_type or self._program.qualified_name(node) == "builtins.dict"

    def add_arguments(self, party: Party, value: cst.Call) -> None:
        """Put the arguments of `dict(...)` and the like into a party."""
        for argument in value.args:
            if argument.keyword is not None:
                self.add(party, argument.keyword.value, argument.value, argument)
            elif argument.star != "*" and self._is_readable(argument, value):
                self.merge(party, argument.value, argument)
            else:
                party.problems.append(problem("PK101", argument, name=party.name))

    def _is_readable(self, argument: cst.Arg, value: cst.Call) -> bool:
        """Whether an argument is an object written out, in the place for one, or named."""
        if isinstance(argument.value, (cst.List, cst.Tuple)):
            return not argument.star and argument is value.args[0]
        if isinstance(argument.value, cst.Dict) and argument.star:
            return not comments_in(argument)
        return not isinstance(argument.value, cst.Dict) or argument is value.args[0]

    def _add_pairs(self, party: Party, value: cst.List | cst.Tuple, place: cst.CSTNode) -> None:
        """Put `[("onConnect", f)]` into a party; its comments would have no place."""
        for element in value.elements:
            pair = element.value
            parts = pair.elements if isinstance(pair, (cst.List, cst.Tuple)) else ()
            is_plain = len(parts) == 2 and all(isinstance(part, cst.Element) for part in (element, *parts))
            key = self.key(parts[0].value) if is_plain and not comments_in(value) else None
            if key is None:
                party.problems.append(problem("PK101", place, name=party.name))
                return
            self.add(party, key, parts[1].value, element)

    def _take(self, party: Party, node: cst.Name | cst.Attribute, place: cst.CSTNode) -> None:
        """Put all into a party that an object of the module holds at that place."""
        binding = definition_of(self._program, node)
        building = self._finished(binding, node) if binding is not None else None
        value = building.assignment.value if building is not None else None
        if binding is None or building is None or value is None:
            party.problems.append(problem("PK101", place, name=party.name))
            return
        party.taken[node] = binding
        if binding is not party.binding:
            party.sources[binding] = building.lines
        self._followed.append((binding, building))
        self.merge(party, value, place)
        self._change(party, building)
        self._followed.pop()

    def _finished(self, binding: Binding, node: cst.CSTNode) -> Building | None:
        """How an object is built that is complete, and stays so, where it is read."""
        for followed, current in reversed(self._followed):
            if followed is binding:
                return current.before
        if binding.scope.type is not ScopeType.MODULE:
            return None
        module = self._program.module_of(binding.scope.node)
        building = self.building(binding)
        line = self._line_of(node)
        body: list[cst.CSTNode] = list(module.tree.body)
        if building is None or not self._is_behind(building, line, body, node):
            return None
        reads = [*binding.loads, *(read.node for read in self._uses().reads.get(binding, ()))]
        reads = [read for read in reads if self._line_of(read) not in building.lines]
        return building if all(only_reads(self._program, read) for read in reads) else None

    def _is_behind(
        self, building: Building, line: cst.CSTNode, body: list[cst.CSTNode], node: cst.CSTNode
    ) -> bool:
        """Whether an object is complete at a line; one of another module is, if its name comes from there."""
        if line in body:
            return body.index(building.lines[-1]) < body.index(line)
        own = self._program.binding(node)
        store = self._program.import_of(own) if own is not None else None
        name = self._program.import_name(store) if store is not None else self._program.qualified_name(node)
        module = self._program.module_named((name or "").rpartition(".")[0])
        return module is not None and module.tree.body is self._tree_of(building).body

    def _tree_of(self, building: Building) -> cst.Module:
        return self._program.module_of(building.statement).tree

    def _uses(self) -> OutsideUses:
        if self._known_uses is None:
            self._known_uses = outside_uses(self._program)
        return self._known_uses

    def _line_of(self, node: cst.CSTNode) -> cst.CSTNode:
        """The statement of the module around a node."""
        child = node
        for around in self._program.ancestors(node):
            if isinstance(around, cst.Module):
                break
            child = around
        return child

    # single keys

    def add_all(self, party: Party, value: cst.Dict) -> None:
        """Put the elements of a dict into a party."""
        for element in value.elements:
            if not isinstance(element, cst.DictElement):
                if isinstance(element.value, cst.Dict):
                    party.problems.append(problem("PK101", element, name=party.name))
                else:
                    self.merge(party, element.value, element)
                continue
            key = self.key(element.key)
            if key is None:
                party.problems.append(problem("PK101", element, name=party.name))
            else:
                self.add(party, key, element.value, element)

    def key(self, node: cst.BaseExpression) -> str | None:
        """The text of a key: a string, or what is made of constants of modules and classes."""
        return constant_text(self._program, node)

    def add(self, party: Party, key: str, value: cst.BaseExpression, element: cst.CSTNode) -> None:
        """Put a value into a party; one that another object or an earlier line gave makes way for it."""
        handler = HANDLER_SPELLINGS.get(key)
        if handler is None:
            self._add_other(party, key, value, element)
            return
        around = self._program.parents[element]
        replaced = [
            entry
            for entry in party.entries
            if entry.key == key and self._program.parents[entry.element] is not around
        ]
        place = party.entries.index(replaced[0]) if replaced else len(party.entries)
        party.entries = [entry for entry in party.entries if entry not in replaced]
        party.absent.discard(key)
        if handler.method in party.methods:
            party.problems.append(problem("PK107", element, key=key))
        if isinstance(value, cst.Name) and value.value == "None":
            party.absent.add(key)
        else:
            party.entries.insert(place, Entry(key, handler, value, element))
        if (what := described_literal(self._program, value)) is not None:
            party.problems.append(problem("PK114", element, handler=key, what=what))

    def _add_other(self, party: Party, key: str, value: cst.BaseExpression, element: cst.CSTNode) -> None:
        if key in TAGS_SPELLINGS and (
            party.form is not Form.NAMESPACE or may_be_called(self._program, value)
        ):
            party.problems.append(problem("PK118", element, key=key))
            return
        missed = missed_handler(key)
        if party.form is not Form.NAMESPACE or missed is not None:
            near = [missed] if missed else difflib.get_close_matches(key, HANDLER_SPELLINGS, 1, 0.75)
            nearest = f" (did you mean `{near[0]}`?)" if near else ""
            party.problems.append(problem("PK106", element, key=key, nearest=nearest))
        elif key in TAKEN or key.startswith("_") or not runs_later_the_same(self._program, value):
            party.problems.append(problem("PK113", element, key=key))
        else:
            party.extras.append(Extra(key, value, element))

"""Objects of handlers that others are made of: `{**COMMON, "onMessage": echo}`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import libcst as cst

from pkcodemods.parties.object_building import has_effects
from pkcodemods.parties.party import Party
from pkcodemods.parties.uses_elsewhere import outside_uses
from pkcodemods.source import Binding, Program, SourceModule, names_in_all, reexports


def settle_shared_objects(
    program: Program,
    parties: Mapping[SourceModule, list[Party]],
    wrapped: Mapping[SourceModule, list[Party]],
) -> None:
    """Separate parties from the objects that parties are made of.

    An object that is only read to be merged into parties is no party of its own, and goes once all of those
    are classes. Handlers that several parties hold, or that stay in an object, are for none to take away.

    Args:
        program: the modules.
        parties: the parties of each; objects that are none are taken out.
        wrapped: the objects of each that an earlier run wrapped: they stay, and what they are made of does.
    """
    every = [party for found in parties.values() for party in found]
    handed = [party for found in wrapped.values() for party in found]
    takers = [party for party in (*every, *handed) if not party.problems and party.sources]
    outside = outside_uses(program) if takers else None
    for binding, lines in {b: lines for party in takers for b, lines in party.sources.items()}.items():
        assert outside is not None
        own = next((party for party in every if binding in party.bindings), None)
        reads = [*binding.loads, *(read.node for read in outside.reads.get(binding, ()))]
        inside = {node for taker in takers for node in taker.taken}
        is_taken = all(read in inside or _is_within(program, read, lines) for read in reads)
        module = program.module_of(binding.scope.node)
        values = [entry.value for taker in takers for entry in taker.entries]
        has_more = any(has_effects(program, line, values) for line in lines)
        if is_taken and not has_more and _may_go(module, binding, own):
            if own is not None:
                parties[module].remove(own)
                every.remove(own)
            for taker in takers:
                if binding in taker.sources:
                    taker.going[binding] = lines
    _mark_shared(program, [*every, *handed])


def _may_go(module: SourceModule, binding: Binding, own: Party | None) -> bool:
    if binding.name == "default" or binding in names_in_all(module) | reexports(module):
        return False
    return own is None or not own.certain or binding.name.isupper()


def _mark_shared(program: Program, parties: list[Party]) -> None:
    holders = Counter(entry.value for party in parties for entry in party.entries)
    for party in parties:
        staying = [line for b, lines in party.sources.items() if b not in party.going for line in lines]
        party.shared = {
            entry.value
            for entry in party.entries
            if holders[entry.value] > 1 or _is_within(program, entry.element, staying)
        }


def _is_within(program: Program, node: cst.CSTNode, lines: list[cst.SimpleStatementLine]) -> bool:
    return any(around in lines for around in program.ancestors(node)) if lines else False

"""Which of a module's parties a finding concerns."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import Kind, hibernates, only
from pkcodemods.findings import Problem, problem
from pkcodemods.inference import Inference
from pkcodemods.plans import PartyPlan
from pkcodemods.result import Outcome
from pkcodemods.source import Program, SourceModule


def attribute_problems(program: Program, problems: list[Problem], live: list[PartyPlan]) -> bool:
    """Give the findings to the parties that they concern.

    Returns:
        Whether a party is wrapped for one.
    """
    for plan in live:
        for item in problems:
            if item.code.outcome is Outcome.WRAPPED and _concerns(program, item, plan, live):
                plan.problems.append(item)
    if any(not plan.becomes_class for plan in live):
        return True
    for plan in live:
        plan.problems += [item for item in problems if _concerns(program, item, plan, live)]
    return False


def _concerns(program: Program, item: Problem, plan: PartyPlan, live: list[PartyPlan]) -> bool:
    around = [item.node, *program.ancestors(item.node)]
    owners = [
        party for party in live if any(handler.signature.function in around for handler in party.handlers)
    ]
    return plan in owners if owners else True


def note_hibernation(
    program: Program,
    module: SourceModule,
    inference: Inference,
    live: list[PartyPlan],
    problems: list[Problem],
) -> None:
    """Note, for parties that hibernate, uses of `connections` that count sockets of one id once.

    Args:
        program: the modules.
        module: the module.
        inference: what is where.
        live: its parties that become classes.
        problems: its findings; the rooms of which the old mapping is kept go on counting as they did.
    """
    kept = {item.node for item in problems if item.code.code == "PK202"}
    for node in module.nodes:
        if (
            isinstance(node, cst.Attribute)
            and node.value not in kept
            and only(inference.value(node), Kind.CONNECTIONS)
            and not _looks_up_one(program, node)
        ):
            note = problem("PK301", node)
            for plan in live:
                noted = any(item.code.code == "PK301" for item in plan.problems)
                if not noted and hibernates(set(plan.party.methods)) and _concerns(program, note, plan, live):
                    plan.problems.append(note)


def _looks_up_one(program: Program, node: cst.Attribute) -> bool:
    """Whether the connections are only asked for one id, for which the count does not matter."""
    parent = program.parents[node]
    if isinstance(parent, cst.Attribute):
        return parent.attr.value in ("get", "__contains__", "__getitem__")
    is_in = isinstance(parent, cst.ComparisonTarget) and isinstance(parent.operator, (cst.In, cst.NotIn))
    return is_in or (isinstance(parent, cst.Subscript) and parent.value is node)

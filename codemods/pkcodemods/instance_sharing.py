"""Instances of handler classes that stay as they are, and to whose methods the party's own delegate."""

from __future__ import annotations

import libcst as cst

from pkcodemods.class_chains import defined_class, foreign_base, has_usual_metaclass
from pkcodemods.handlers import HANDLER_SPELLINGS
from pkcodemods.inference import Inference
from pkcodemods.kinds import Instance
from pkcodemods.module_names import ModuleNames
from pkcodemods.outside_uses import OutsideUses
from pkcodemods.party import Party
from pkcodemods.plans import PartyPlan
from pkcodemods.program import Program

_DYNAMIC = ("__getattr__", "__getattribute__", "__dir__", "__class__")


def may_delegate(program: Program, inference: Inference, outside: OutsideUses, plan: PartyPlan) -> bool:
    """Whether the party's class can call the handlers of the instance, which stays.

    That is for instances that have more to do than to be the party: other code uses them, or their class,
    or that is one of several in a chain, or has decorated handlers.
    """
    return is_shared(program, outside, plan) and _is_settled(program, inference, plan.party)


def is_shared(program: Program, outside: OutsideUses, plan: PartyPlan) -> bool:
    """Whether other code has to do with an instance or its class."""
    party = plan.party
    node = party.handler_class
    assert node is not None
    binding = program.module_of(node).scope.bindings.get(node.name.value)
    if plan.object_reads or plan.outside_reads or len(party.chain) > 1 or binding is None:
        return True
    if len(binding.loads) > 1 or outside.reads.get(binding):
        return True
    return any(
        _is_decorated(program, entry.value) or entry.element is not entry.value for entry in party.entries
    )


def _is_decorated(program: Program, function: cst.CSTNode) -> bool:
    assert isinstance(function, cst.FunctionDef)
    names = [program.qualified_name(item.decorator) for item in function.decorators]
    return any(name not in ("builtins.staticmethod", "builtins.classmethod") for name in names)


def _is_settled(program: Program, inference: Inference, party: Party) -> bool:
    """Whether an instance has the handlers that its classes say, at any time."""
    assert party.handler_class is not None
    assert isinstance(party.value, cst.Call)
    if defined_class(program, party.value.func) is not party.handler_class:
        return False  # its module stays as it is
    instance = Instance(party.handler_class)
    family = inference.attributes.family(party.handler_class)
    own = {entry.key for entry in party.entries}
    if any(inference.get((family, name)) for name in HANDLER_SPELLINGS if name not in own):
        return False
    if not all(inference.attributes.is_fixed(instance, name) for name in own):
        return False
    return not any(
        foreign_base(program, node) is not None
        or not has_usual_metaclass(program, node)
        or any(name in program.scope_of(node).bindings for name in _DYNAMIC)
        for node in party.chain
    )


def name_of_object(party: Party, names: ModuleNames) -> str:
    """A name for an instance that stays, after its class: `chat` of `Chat`."""
    assert party.handler_class is not None
    wish = snake_case(party.handler_class.name.value)
    return names.take(wish, f"{wish}_handlers", f"_{wish}_handlers")


def snake_case(name: str) -> str:
    """`ChatRoom` as `chat_room`."""
    parts = [
        f"_{letter}" if letter.isupper() and index and not name[index - 1].isupper() else letter
        for index, letter in enumerate(name)
    ]
    return "".join(parts).strip("_").lower()

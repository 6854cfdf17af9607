"""Instances of handler classes that stay as they are, and to whose methods the party's own delegate."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import HANDLER_SPELLINGS, Instance
from pkcodemods.inference import Inference
from pkcodemods.parties import Party
from pkcodemods.source import (
    ModuleNames,
    Program,
    constant_string,
    defined_class,
    descendants,
    foreign_base,
    has_usual_metaclass,
)

_DYNAMIC = ("__getattr__", "__getattribute__", "__dir__", "__class__", "__dict__")


def may_delegate(program: Program, inference: Inference, party: Party) -> bool:
    """Whether the party's class can call the handlers of the instance, which stays.

    That is for instances that cannot become the party: one is made with arguments, or shared by all rooms
    what it remembers, or has more to do than to be the party. It has to have the handlers that its classes
    say, at any time.

    Args:
        program: the modules.
        inference: what is where.
        party: the party, an instance.
    """
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
    return all(_is_plain(program, node) for node in party.chain)


def _is_plain(program: Program, node: cst.ClassDef) -> bool:
    """Whether a class has the methods that are written in it, and no others."""
    binding = program.module_of(node).scope.bindings.get(node.name.value)
    return (
        foreign_base(program, node) is None
        and has_usual_metaclass(program, node)
        and all(_keeps_methods(program, decorator) for decorator in node.decorators)
        and binding is not None
        and len(binding.stores) == 1
        and not any(name in program.scope_of(node).bindings for name in _DYNAMIC)
        and not any(_is_dynamic(program, each) for each in descendants(node))
    )


def _is_dynamic(program: Program, node: cst.CSTNode) -> bool:
    """Whether an object may get attributes in a way that does not show; naming its class gives it none."""
    if isinstance(node, cst.Call):
        return bool(node.args) and program.qualified_name(node.func) == "builtins.vars"
    if not isinstance(node, cst.Attribute):
        return False
    around = program.parents.get(node)  # none for the dotted name of a module that is imported
    if node.attr.value == "__setattr__":
        if not isinstance(around, cst.Call) or len(around.args) < 2:
            return True
        key = constant_string(program, around.args[-2].value)
        return key is None or key in HANDLER_SPELLINGS
    if node.attr.value not in _DYNAMIC:
        return False
    return not (isinstance(around, cst.Attribute) and around.attr.value in ("__name__", "__qualname__"))


def _keeps_methods(program: Program, decorator: cst.Decorator) -> bool:
    called = decorator.decorator.func if isinstance(decorator.decorator, cst.Call) else decorator.decorator
    return program.qualified_name(called) == "dataclasses.dataclass"


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

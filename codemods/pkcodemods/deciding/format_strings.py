"""`"{r.internalID}".format(r=room)`: attributes that a text names, looked up when it is formatted."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

import libcst as cst

from pkcodemods.api import NONE, NOTHING, PLAIN, Kind, Other, Value, kinds_in, member
from pkcodemods.inference import Inference
from pkcodemods.plans import UsePlan
from pkcodemods.source import Binding, Edit, Program

_HEAD = re.compile(r"\{\{|\}\}|\{([^{}!:]*)")
_WORDS = re.compile(r"(\.|\[[^\]]*\])")

Literal = cst.SimpleString | cst.ConcatenatedString


class FormatStrings:
    """Decides for calls of `format` and `format_map`: the text gets the new names.

    Args:
        program: the modules.
        inference: what is where.
        plan: gets the edits.
        pinned: names that code outside of the module needs.
    """

    def __init__(
        self, program: Program, inference: Inference, plan: UsePlan, pinned: set[Binding] | None = None
    ) -> None:
        self._program = program
        self._inference = inference
        self._plan = plan
        self._pinned = pinned or set()

    def decide(self, call: cst.Call) -> bool:
        """Plan the edit of the text that a call formats.

        Returns:
            Whether the text then uses the new names.
        """
        assert isinstance(call.func, cst.Attribute)
        found = self._text(call.func.value)
        if found is None:
            return False
        text, calls = found
        renamed: dict[str, str] = {}
        for each in calls:
            heads = self._renamed(text, each)
            if heads is None or any(renamed.get(head, new) != new for head, new in heads.items()):
                return False
            renamed |= heads
        changed = {head: new for head, new in renamed.items() if head != new}
        for part in _parts(text) if changed else ():
            self._plan.edits[part] = _with_heads(changed)
        return True

    def _text(self, node: cst.BaseExpression) -> tuple[Literal, list[cst.Call]] | None:
        """The text that an expression is, and all the calls that format it, if nothing else reads it."""
        if isinstance(node, Literal):
            call = self._program.parents[self._program.parents[node]]
            assert isinstance(call, cst.Call)
            return node, [call]
        binding = self._program.binding(node)
        store = binding.sole_store() if binding is not None else None
        if binding is None or store is None or binding in self._pinned:
            return None
        if not isinstance(store.node, (cst.Assign, cst.AnnAssign)) or not isinstance(
            store.node.value, Literal
        ):
            return None
        if isinstance(store.node, cst.Assign) and len(store.node.targets) != 1:
            return None
        if self._program.parents.get(store.name) not in (store.node, *getattr(store.node, "targets", ())):
            return None
        calls = [self._formatting(load) for load in binding.loads]
        known = [call for call in calls if call is not None]
        return (store.node.value, known) if len(known) == len(calls) else None

    def _formatting(self, load: cst.CSTNode) -> cst.Call | None:
        method = self._program.parents.get(load)
        if not isinstance(method, cst.Attribute):
            return None
        call = self._program.parents.get(method)
        if not isinstance(call, cst.Call) or call.func is not method:
            return None
        return call if method.attr.value in ("format", "format_map") else None

    def _renamed(self, text: Literal, call: cst.Call) -> dict[str, str] | None:
        """What becomes of each field; None where that is unknown."""
        value = text.evaluated_value
        if not isinstance(value, str):
            return None
        try:
            fields = list(_fields(value))
        except ValueError:
            return None
        written = [head for part in _parts(text) for head in _heads(part.raw_value)]
        if written != fields:  # escapes, or a field over two parts
            return None
        values = self._given(call)
        if values is None:
            return None
        heads: dict[str, str] = {}
        count = 0
        for field in fields:
            first, *rest = [word for word in _WORDS.split(field) if word] or [""]
            if first in (".", "") or first.startswith("["):
                name, rest = str(count), ([first, *rest] if first else [])
                prefix, count = "", count + 1
            else:
                name = prefix = first
            new = self._path(values.get(name, NOTHING), rest)
            if new is None:
                return None
            heads[field] = prefix + new
        return heads

    def _given(self, call: cst.Call) -> dict[str, Value] | None:
        """The values that a call formats, by name or number."""
        assert isinstance(call.func, cst.Attribute)
        if call.func.attr.value == "format_map":
            return self._of_mapping(call.args[0].value) if len(call.args) == 1 else None
        values: dict[str, Value] = {}
        for index, argument in enumerate(call.args):
            if argument.star == "*":
                return None
            if argument.star:
                named = self._of_mapping(argument.value)
                if named is None:
                    return None
                values |= named
            else:
                name = str(index) if argument.keyword is None else argument.keyword.value
                values[name] = self._inference.value(argument.value)
        return values

    def _of_mapping(self, node: cst.BaseExpression) -> dict[str, Value] | None:
        value = self._inference.value(node)
        known = [self._inference.containers.by_key(atom) for atom in value]
        return known[0] if len(known) == 1 else None

    def _path(self, value: Value, words: list[str]) -> str | None:
        """The new form of `.socket.id` or the like, behind a value."""
        result = ""
        while words:
            word, *words = words
            if word != ".":
                containers = self._inference.containers
                held = [containers.elements(atom, of_mapping=True) for atom in value]
                result, value = result + word, NOTHING if kinds_in(value) else frozenset().union(*held)
                continue
            name, *words = words or [""]
            kinds = kinds_in(value)
            if kinds and name == "__class__":
                return None
            if not kinds and Other.UNKNOWN not in value and value:
                result += f".{name}"
                value = frozenset().union(*(self._inference.attributes.of(atom, name) for atom in value))
                continue
            members = {member(kind, name) for kind in kinds}
            if len(members) != 1 or value - NONE != kinds:
                return None
            found = members.pop()
            if found is None:
                result, value = f"{result}.{name}", PLAIN
                continue
            if found.rule is not None or found.returns is not None:
                return None
            result += "".join(f".{step}" for step in found.path)
            value = found.value
        return None if _shows(value) else result


def _shows(value: Value) -> bool:
    """Whether a value is itself an old mapping."""
    return Kind.CONNECTIONS in value or Kind.SNAPSHOT in value


def _fields(text: str) -> Iterator[str]:
    """The fields of a text, also those within the formats of others."""
    for _, field, spec, _ in string.Formatter().parse(text):
        if field is not None:
            yield field
            yield from _fields(spec or "")


def _parts(text: cst.BaseExpression) -> list[cst.SimpleString]:
    if isinstance(text, cst.ConcatenatedString):
        return [*_parts(text.left), *_parts(text.right)]
    return [text] if isinstance(text, cst.SimpleString) else []


def _heads(raw: str) -> list[str]:
    return [match[1] for match in _HEAD.finditer(raw) if match[1] is not None]


def _with_heads(renamed: dict[str, str]) -> Edit:
    """A string whose fields have new names."""

    def renew(match: re.Match[str]) -> str:
        return match[0] if match[1] is None else "{" + renamed.get(match[1], match[1])

    return lambda updated: updated.with_changes(value=_HEAD.sub(renew, updated.value))

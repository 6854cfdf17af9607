"""Methods of the same name in both forms, whose arguments the class form takes more strictly."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from pkcodemods import stdlib
from pkcodemods.api import Box, Imported, Kind, Method, Other, Value
from pkcodemods.deciding.views import Views
from pkcodemods.inference import Inference
from pkcodemods.plans import UsePlan
from pkcodemods.source import Edit, Program

_TUNING = frozenset(
    {"allowConcurrency", "allow_concurrency", "allowUnconfirmed", "allow_unconfirmed", "noCache", "no_cache"}
)
# How many arguments the class form takes; the object form takes options behind them, and uses none of them.
_STORAGE = {
    "get": 1,
    "delete": 1,
    "put": 2,
    "delete_all": 0,
    "deleteAll": 0,
    "get_alarm": 0,
    "getAlarm": 0,
    "set_alarm": 1,
    "setAlarm": 1,
    "delete_alarm": 0,
    "deleteAlarm": 0,
}
# Those that refuse options whose names they do not know.
_STRICT = frozenset({"get", "delete", "put"})
_CONSTANTS = frozenset({"None", "True", "False"})
_LISTENERS = ("add_event_listener", "addEventListener", "remove_event_listener", "removeEventListener")
_SOCKETS = (Kind.CONNECTION, Kind.STUB_SOCKET, Kind.EDGE_SOCKET)


class ArgumentUses:
    """Decides for the arguments of such calls."""

    def __init__(self, program: Program, inference: Inference, plan: UsePlan, views: Views) -> None:
        self._program = program
        self._inference = inference
        self._plan = plan
        self._views = views
        self._rules: dict[tuple[Kind, str], Callable[[cst.Call, cst.Attribute, Kind], None]] = {
            **{(kind, name): self._storage for kind in (Kind.STORAGE, Kind.TRANSACTION) for name in _STORAGE},
            **{(kind, name): self._listener for kind in _SOCKETS for name in _LISTENERS},
        }
        self.names = frozenset(name for _, name in self._rules)

    def decide(self, node: cst.Attribute, kind: Kind) -> None:
        """Plan what is to be done to the arguments of a method that is called."""
        call = self._program.parents[node]
        rule = self._rules.get((kind, node.attr.value))
        if rule is None:
            return
        if isinstance(call, cst.Call) and call.func is node:
            rule(call, node, kind)
        elif not self._program.is_stored(node) and self._is_called_with_more(kind, node.attr.value):
            self._views.let_be_view(node.value, kind, "PK203", word=node.attr.value)

    def _is_called_with_more(self, kind: Kind, name: str) -> bool:
        """Whether a bound method that is kept in a name is called with what only views take."""
        method, most = Method(kind, name), _STORAGE.get(name, 2)
        return any(
            len(call.args) > most or any(a.star or a.keyword is not None for a in call.args)
            for call in self._program.nodes()
            if isinstance(call, cst.Call) and not isinstance(call.func, cst.Attribute)
            if method in self._inference.value(call.func)
        )

    def _storage(self, call: cst.Call, node: cst.Attribute, kind: Kind) -> None:
        """Options that only tune Cloudflare's caches go."""
        most = _STORAGE[node.attr.value]
        positional = [argument for argument in call.args if argument.keyword is None]
        if any(argument.star for argument in call.args):
            self._views.let_be_view(node.value, kind, "PK203", word=node.attr.value)
            return
        if most == 2 and self._is_mapping(positional[:1]):
            most = 1
        surplus = positional[most:]
        tuning = [a for a in call.args if a.keyword is not None and a.keyword.value in (*_TUNING, "options")]
        if not surplus and not tuning:
            return
        options = [*surplus, *(a for a in tuning if a.keyword is not None and a.keyword.value == "options")]
        strict = node.attr.value in _STRICT
        if not all(self._can_go(argument.value, strict=strict) for argument in options):
            self._views.let_be_view(node.value, kind, "PK203", word=node.attr.value)
            return
        gone = [call.args.index(argument) for argument in (*surplus, *tuning)]
        self._plan.edits[call] = _dropping(gone)

    def _can_go(self, options: cst.BaseExpression, *, strict: bool) -> bool:
        """Whether options do nothing, not even fail."""
        if isinstance(options, cst.Name) and strict and options.value not in _CONSTANTS:
            binding = self._program.binding(options)
            store = binding.sole_store() if binding is not None else None
            given = store.node if store is not None else None
            if not isinstance(given, (cst.Assign, cst.AnnAssign)) or not isinstance(given.value, cst.Dict):
                return False
            return _only_tunes(given.value)
        if isinstance(options, cst.Dict):
            return not strict or _only_tunes(options)
        return isinstance(options, (cst.Name, cst.Integer))

    def _is_mapping(self, arguments: list[cst.Arg]) -> bool:
        containers = self._inference.containers
        return any(
            isinstance(atom, Box) and containers.is_mapping(atom)
            for argument in arguments
            for atom in self._inference.value(argument.value)
        )

    def _listener(self, call: cst.Call, node: cst.Attribute, kind: Kind) -> None:
        """Options such as `{"once": True}`, and listeners of other code, which may read old names."""
        listeners = [argument.value for argument in call.args[1:2]]
        foreign = any(self._is_foreign(self._inference.value(listener)) for listener in listeners)
        if foreign or len(call.args) > 2 or any(argument.star for argument in call.args):
            self._views.let_be_view(node.value, kind, "PK206", word=node.attr.value)

    def _is_foreign(self, value: Value) -> bool:
        return any(
            atom in (Other.FOREIGN, Other.UNKNOWN)
            or (isinstance(atom, Imported) and not stdlib.is_standard(atom.name))
            for atom in value
        )


def _only_tunes(options: cst.Dict) -> bool:
    return all(
        isinstance(element, cst.DictElement)
        and isinstance(element.key, cst.SimpleString)
        and str(element.key.evaluated_value) in _TUNING
        for element in options.elements
    )


def _dropping(indexes: list[int]) -> Edit:
    """A call without some of its arguments."""

    def edit(call: cst.Call) -> cst.Call:
        kept = [argument for index, argument in enumerate(call.args) if index not in indexes]
        if kept and len(call.args) - 1 in indexes:
            kept[-1] = kept[-1].with_changes(comma=call.args[-1].comma)
        return call.with_changes(args=kept)

    return edit

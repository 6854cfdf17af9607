"""JavaScript-style option dicts of storage and stubs, as keyword arguments."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from pkcodemods.api import FETCH_OPTIONS, LIST_OPTIONS, Box, Kind, Method
from pkcodemods.deciding.option_layout import with_keywords
from pkcodemods.deciding.views import Views
from pkcodemods.inference import Inference
from pkcodemods.plans import UsePlan
from pkcodemods.source import Program

_TEXT_METHODS = frozenset({"format", "join", "lower", "upper", "strip", "replace"})


class OptionUses:
    """Decides for `storage.list(...)` and `stub.fetch(...)`."""

    def __init__(self, program: Program, inference: Inference, plan: UsePlan, views: Views) -> None:
        self._program = program
        self._inference = inference
        self._plan = plan
        self._views = views

    def list_options(self, node: cst.Attribute, kind: Kind) -> None:
        """`storage.list({"prefix": "a"})` as `storage.list(prefix="a")`."""
        call = self._call(node)
        if call is None:
            if not self._called_plainly(kind, "list", LIST_OPTIONS):
                self._views.let_be_view(node.value, kind, "PK203", word="list")
            return
        positional = [argument for argument in call.args if argument.keyword is None and not argument.star]
        options = positional[0].value if positional else None
        if len(positional) > 1 or any(argument.star for argument in call.args):
            self._views.let_be_view(node.value, kind, "PK203", word="list")
        elif options is None or self._literal_options(options, LIST_OPTIONS):
            self._keywords(call, LIST_OPTIONS, keep=0)
        else:
            self._views.let_be_view(node.value, kind, "PK203", word="list")

    def fetch_options(self, node: cst.Attribute, kind: Kind) -> None:
        """`stub.fetch({"method": "POST", "body": x})` as `stub.fetch(method="POST", content=x)`."""
        call = self._call(node)
        if call is None:
            if not self._called_plainly(kind, "fetch", FETCH_OPTIONS):
                self._views.let_be_view(node.value, kind, "PK203", word="fetch")
            return
        positional = [argument for argument in call.args if argument.keyword is None]
        if any(argument.star for argument in call.args) or len(positional) > 2:
            self._views.let_be_view(node.value, kind, "PK203", word="fetch")
            return
        keep = 1 if positional and self._is_text(positional[0].value) else 0
        options = [argument.value for argument in positional[keep:]]
        if len(options) <= 1 and all(self._literal_options(option, FETCH_OPTIONS) for option in options):
            self._keywords(call, FETCH_OPTIONS, keep)
        else:
            self._views.let_be_view(node.value, kind, "PK203", word="fetch")

    def _called_plainly(self, kind: Kind, name: str, known: Mapping[str, str]) -> bool:
        """Whether a bound method that is kept in a name is nowhere called with what only views take."""
        method = Method(kind, name)
        return all(
            argument.keyword is not None and known.get(argument.keyword.value) == argument.keyword.value
            for call in self._program.nodes()
            if isinstance(call, cst.Call) and not isinstance(call.func, cst.Attribute)
            if method in self._inference.value(call.func)
            for argument in call.args
        )

    def _call(self, node: cst.Attribute) -> cst.Call | None:
        parent = self._program.parents[node]
        return parent if isinstance(parent, cst.Call) and parent.func is node else None

    def _literal_options(self, node: cst.BaseExpression, known: Mapping[str, str]) -> bool:
        """Whether options are written out, each once and with a name that is known."""
        if not isinstance(node, cst.Dict):
            return False
        keys = [
            str(element.key.evaluated_value)
            if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString)
            else None
            for element in node.elements
        ]
        names = [known.get(key or "") for key in keys]
        return None not in names and len(set(names)) == len(names)

    def _keywords(self, call: cst.Call, known: Mapping[str, str], keep: int) -> None:
        """Let a call have keyword arguments in place of the options, which come after `keep` others."""
        has_options = any(
            isinstance(argument.value, cst.Dict) for argument in call.args[keep:] if not argument.keyword
        )
        old_keyword = any(
            a.keyword is not None and known.get(a.keyword.value, a.keyword.value) != a.keyword.value
            for a in call.args
        )
        if not has_options and not old_keyword:
            return

        def edit(updated: cst.Call) -> cst.Call:
            arguments = [
                argument.with_changes(
                    keyword=cst.Name(known.get(argument.keyword.value, argument.keyword.value))
                )
                if argument.keyword is not None
                else argument
                for argument in updated.args
            ]
            named = updated.with_changes(args=arguments)
            given = (a for a in arguments[keep:] if a.keyword is None and isinstance(a.value, cst.Dict))
            options = next(given, None)
            if options is None:
                return named
            return with_keywords(named, options, lambda element: known[_key(element)])

        self._plan.edits[call] = edit

    def _is_text(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is certainly a string."""
        if isinstance(node, (cst.SimpleString, cst.FormattedString, cst.ConcatenatedString)):
            return True
        if isinstance(node, cst.BinaryOperation):
            return self._is_text(node.left) or self._is_text(node.right)
        if isinstance(node, cst.IfExp):
            return self._is_text(node.body) and self._is_text(node.orelse)
        if isinstance(node, cst.Call):
            if self._program.qualified_name(node.func) == "builtins.str":
                return True
            return isinstance(node.func, cst.Attribute) and node.func.attr.value in _TEXT_METHODS
        if isinstance(node, cst.Name):
            binding = self._program.binding(node)
            store = binding.sole_store() if binding is not None else None
            if store is None or any(isinstance(a, Box) for a in self._inference.value(node)):
                return False
            if isinstance(store.node, (cst.Assign, cst.AnnAssign)) and store.node.value is not None:
                return self._is_text(store.node.value)
            annotation = getattr(store.node, "annotation", None)
            return (
                annotation is not None
                and isinstance(annotation.annotation, cst.Name)
                and annotation.annotation.value == "str"
            )
        return False


def _key(element: cst.DictElement) -> str:
    assert isinstance(element.key, cst.SimpleString)
    return str(element.key.evaluated_value)

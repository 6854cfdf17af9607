"""Mutation operators: each makes wrong class forms out of a right one, by one small change a mutant.

They are the slips that a migration by hand makes. Data types, docstrings and imports are left alone.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong class form.

    Attributes:
        operator: what was done, such as `dropped send`.
        line: where, in the right form.
        before: the code that was changed.
        after: what it was changed to.
        source: the whole module.
    """

    operator: str
    line: int
    before: str
    after: str
    source: str

    @property
    def change(self) -> str:
        """The change in one line; together with the fixture it names the mutant."""
        return f"{self.operator}, line {self.line}: {_short(self.before)} -> {_short(self.after)}"


Operator = Callable[[ast.AST], Iterator[ast.AST | None]]
"""Gives the nodes that may take a node's place; None takes a statement away."""

_SENDS = ("send", "broadcast", "close")
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
}


def _method(node: ast.AST | None) -> str:
    """The name of the method that a call calls."""
    if isinstance(node, ast.Await):
        node = node.value
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""


def dropped_send(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Expr) and _method(node.value) in _SENDS:
        yield ast.Pass()


def dropped_statement(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Assign) and _name(node.targets[0]) == "default":
        return  # without it the module still has the same one party
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
        yield ast.Pass()
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
        yield from [] if _method(node.value) in _SENDS else [ast.Pass()]


def swapped_arguments(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Call) and len(node.args) > 1:
        first, second, *rest = node.args
        yield ast.Call(node.func, [second, first, *rest], node.keywords)


def dropped_argument(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Call) and len(node.args) > 1:
        yield ast.Call(node.func, node.args[:-1], node.keywords)
    if isinstance(node, ast.Call) and node.keywords and _name(node.func) != "ServerOptions":
        yield ast.Call(node.func, node.args, node.keywords[:-1])


def other_comparison(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Compare) and (other := _COMPARED.get(type(node.ops[0]))):
        yield ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators)


def forgotten_await(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Await):
        yield node.value


def missing_hibernate(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Call) and _name(node.func) == "ServerOptions":
        yield ast.Call(node.func, [], [])


def lost_handler(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("on_"):
        yield None


def other_storage_key(node: ast.AST) -> Iterator[ast.AST | None]:
    if (
        _method(node) in ("get", "put", "delete")
        and isinstance(node, ast.Call)
        and "storage" in ast.unparse(node.func)
    ):
        match node.args:
            case [ast.Constant(value=str(key)), *rest]:
                yield ast.Call(node.func, [ast.Constant(f"{key}_"), *rest], node.keywords)


def other_text(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield ast.Constant(f"{node.value}~")


def shorter_text(node: ast.AST) -> Iterator[ast.AST | None]:
    """Whose end is cut off: `/me` in place of `/me `."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 1:
        yield ast.Constant(node.value[:-1])


def other_number(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        yield ast.Constant(node.value + 1)


def other_truth(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    if isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)


def fixed_condition(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.If):
        yield ast.If(ast.Constant(True), node.body, node.orelse)
        yield ast.If(ast.Constant(False), node.body, node.orelse)
    if isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse


def other_operator(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.AugAssign | ast.BinOp) and (other := _COUNTED.get(type(node.op))):
        changed = copy.copy(node)
        changed.op = other()
        yield changed


def lost_answer(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Return) and node.value is not None:
        yield ast.Return(None)


def other_receiver(node: ast.AST) -> Iterator[ast.AST | None]:
    """To everybody what was for one, and the other way round."""
    if (
        _method(node) == "send"
        and isinstance(node, ast.Call)
        and _name(node.func.value) in ("sender", "connection")
    ):  # type: ignore[attr-defined]
        yield ast.Call(ast.parse("self.room.broadcast", mode="eval").body, node.args, node.keywords)


def reraised_error(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.ExceptHandler):
        yield ast.ExceptHandler(node.type, node.name, [ast.Raise()])


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


OPERATORS: dict[str, Operator] = {
    function.__name__.replace("_", " "): function
    for function in (
        dropped_send,
        dropped_statement,
        swapped_arguments,
        dropped_argument,
        other_comparison,
        forgotten_await,
        missing_hibernate,
        lost_handler,
        other_storage_key,
        other_text,
        shorter_text,
        other_number,
        other_truth,
        fixed_condition,
        other_operator,
        lost_answer,
        other_receiver,
        reraised_error,
    )
}


def mutants_of(source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines, without two of one source."""
    found: dict[str, Mutant] = {}
    for place in _places(ast.parse(source)):
        node = _at(ast.parse(source), place)
        for name, operator in OPERATORS.items():
            for replacement in operator(node):
                tree = ast.parse(source)
                _put(tree, place, replacement)
                code = ast.unparse(ast.fix_missing_locations(tree))
                after = ast.unparse(replacement) if replacement is not None else "nothing"
                line = getattr(node, "lineno", 0)
                found.setdefault(code, Mutant(name, line, ast.unparse(node), after, code))
    found.pop(ast.unparse(ast.parse(source)), None)
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.operator, mutant.after))


Place = tuple[tuple[str, int | None], ...]
"""The way to a node from the root: names of fields, with an index where the field is a list."""


def _places(node: ast.AST, way: Place = ()) -> Iterator[Place]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "names", "format_spec"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _is_prose(child):
                place = (*way, (name, index))
                yield place
                yield from _places(child, place)


def _is_prose(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _at(tree: ast.AST, place: Place) -> ast.AST:
    node = tree
    for name, index in place:
        value = getattr(node, name)
        node = value if index is None else value[index]
    return node


def _put(tree: ast.AST, place: Place, replacement: ast.AST | None) -> None:
    *way, (name, index) = place
    parent = _at(tree, tuple(way))
    if index is None:
        setattr(parent, name, replacement)
    elif replacement is None:
        del getattr(parent, name)[index]
        if not getattr(parent, name):
            getattr(parent, name).append(ast.Pass())
    else:
        getattr(parent, name)[index] = replacement


def _short(code: str) -> str:
    line = " ".join(code.split())
    return line if len(line) <= 60 else line[:59] + "…"

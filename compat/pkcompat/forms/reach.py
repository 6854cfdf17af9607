"""The lines that a party's events can reach, in whichever of the user's files."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType

from pkcompat.forms.line_coverage import Line, function_codes, own_lines


@dataclass(frozen=True, slots=True)
class _Function:
    file: str
    code: CodeType
    lines: frozenset[Line]


def reachable_lines(
    sources: Mapping[str, bytes], file: str, handlers: Iterable[frozenset[Line]]
) -> frozenset[Line]:
    """The lines of all functions of a party's module, and of functions elsewhere that events can reach.

    Events reach the handlers and, transitively, every function whose name a reached function mentions. That
    is too much rather than too little: a name is not followed to the object that it is bound to.

    Args:
        sources: the source of the user's modules, by path.
        file: the path of the party's module.
        handlers: the lines of each handler.
    """
    functions = [
        _Function(path, code, own_lines(code))
        for path, source in sources.items()
        for code in function_codes(source, path)
    ]
    named: dict[str, list[_Function]] = defaultdict(list)
    for function in functions:
        named[function.code.co_name].append(function)
    trees = {path: ast.parse(source) for path, source in sources.items()}
    aliases = {
        alias.asname: alias.name.rpartition(".")[2]
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname is not None
    }
    begun = frozenset[Line]().union(*handlers)
    imported = {path: set(_imported(tree)) for path, tree in trees.items()}
    waiting = [each for each in functions if each.file == file or each.lines & begun]
    seen = {id(each) for each in waiting}
    entered: set[str] = set()
    reached: set[Line] = set()
    while waiting:
        function = waiting.pop()
        reached |= function.lines
        names = set(_names_in(function.code))
        if function.file not in entered:  # its module level may hold tables of functions, or decorators
            entered.add(function.file)
            names |= set(_names_around(trees[function.file]))
        own = (function.file, imported[function.file])
        for found in _called(names, aliases, own, named):
            if id(found) not in seen:
                seen.add(id(found))
                waiting.append(found)
    return frozenset(reached)


def _called(
    names: Collection[str],
    aliases: Mapping[str, str],
    own: tuple[str, Collection[str]],
    named: Mapping[str, list[_Function]],
) -> Iterator[_Function]:
    """The functions of these names: those of the same file, unless it imports the name, else all."""
    file, imported = own
    for name in names:
        found = [*named.get(name, ()), *named.get(aliases.get(name, ""), ())]
        local = [each for each in found if each.file == file]
        yield from local if local and name not in imported else found


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant.co_name
            yield from _names_in(constant)


def _names_around(tree: ast.Module) -> Iterator[str]:
    """The names that a module reads on import, annotations excluded."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        match waiting.pop():
            case ast.FunctionDef() | ast.AsyncFunctionDef() as function:
                waiting += function.decorator_list
            case ast.AnnAssign(value=value):
                waiting += [value] if value is not None else []
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Attribute(attr=name, value=owner):
                yield name
                waiting.append(owner)
            case node:
                waiting += ast.iter_child_nodes(node)

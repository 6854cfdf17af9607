"""The scopes are those of the compiler: its own table, `symtable`, says the same of every name."""

from __future__ import annotations

import symtable
import sys
import sysconfig
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import (
    MetadataWrapper,
    ParentNodeProvider,
    PositionProvider,
    WhitespaceInclusivePositionProvider,
)

from pkcodemods.source.modules import SourceModule
from pkcodemods.source.scopes import Scope, ScopeType

STDLIB = Path(sysconfig.get_path("stdlib"))
FILES = [path for path in sorted(STDLIB.glob("*.py")) if 4_000 < path.stat().st_size < 24_000][::3]
_COMPREHENSIONS = {cst.ListComp: "listcomp", cst.SetComp: "setcomp", cst.DictComp: "dictcomp"}

TRAPS = """
    import os.path as p, sys.modules
    room = 1
    def outer(room, *args, kw=room, **rest):
        def inner():
            nonlocal room
            room = [room for room in args if (seen := room)]
            del room
            return seen, kw, p
        class Inner:
            room = room
            def method(self):
                return room, Inner
        lambda room=room: room + len(rest)
        for i, (a, *b) in []: pass
        with open(p) as f, open(f) as (g, h): pass
        try: pass
        except* ValueError as error: print(error)
        import json, os.path
        from x import y as z
        match room:
            case {"a": first, **others} | [first, *others]: pass
            case str() as text if text: pass
            case Point(x=xx): pass
        global written, sys
        written = async_names
        x: int
        y: str = "s"
        x += 1
        inner = (o for o in args)
        return {k: v for k in args for v in k if v if (w := k)}, (q for q in inner)
    async def gen():
        async with a as b:
            return [c async for c in b if await c]
"""


def symbol_tables(source: str) -> dict[tuple[str, int], list[symtable.SymbolTable]]:
    """Every table by name and line, in order."""
    found: dict[tuple[str, int], list[symtable.SymbolTable]] = defaultdict(list)

    def walk(table: symtable.SymbolTable) -> None:
        name = "module" if table.get_type() == "module" else table.get_name()
        found[name, 0 if name == "module" else table.get_lineno()].append(table)
        for child in table.get_children():
            walk(child)

    walk(symtable.symtable(source, "<test>", "exec"))
    return found


def scopes_with_keys(source: str) -> Iterator[tuple[tuple[str, int], Scope]]:
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    parents = wrapper.resolve(ParentNodeProvider)
    with_parentheses = wrapper.resolve(WhitespaceInclusivePositionProvider)
    module = SourceModule(wrapper.module)
    for scope in module.scope.inside():
        node = scope.node
        if isinstance(node, cst.Module):
            yield ("module", 0), scope
        elif isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            yield (node.name.value, positions[node.name].start.line), scope
        elif isinstance(node, cst.Lambda):
            yield ("lambda", positions[node].start.line), scope
        elif isinstance(node, cst.GeneratorExp) and not node.lpar:  # its parentheses are those of the call
            call = cst.ensure_type(parents[parents[node]], cst.Call)
            yield ("genexpr", positions[call.func].end.line), scope
        elif isinstance(node, cst.GeneratorExp):
            yield ("genexpr", with_parentheses[node].start.line), scope
        else:
            yield (_COMPREHENSIONS[type(node)], positions[node].start.line), scope  # type: ignore[index]


def counts(name: str) -> bool:
    """Whether both tables call it the same: classes mangle `__x`, comprehensions have names of their own."""
    return "__" not in name and not name.startswith(".")


def inlined_names(scopes: Iterable[Scope]) -> dict[Scope, set[str]]:
    """The names of comprehensions by the scope around, whose table has them from Python 3.12 on (PEP 709)."""
    found: dict[Scope, set[str]] = defaultdict(set)
    for scope in scopes if sys.version_info >= (3, 12) else ():
        around: Scope | None = scope
        while around is not None and type(around.node) in _COMPREHENSIONS:
            around = around.parent
            if around is not None:
                found[around] |= scope.bindings.keys()
    return found


def compared(source: str) -> int:
    """Compare all scopes; gives how many names that were."""
    tables = symbol_tables(source)
    seen: dict[tuple[str, int], int] = defaultdict(int)
    names = 0
    scopes = list(scopes_with_keys(source))
    inlined = inlined_names(scope for _, scope in scopes)
    for key, scope in scopes:
        if sys.version_info >= (3, 12) and type(scope.node) in _COMPREHENSIONS and not tables[key]:
            continue  # inlined: it has no table of its own
        table = tables[key][seen[key]]
        seen[key] += 1
        for symbol in table.get_symbols():
            name = symbol.get_name()
            if (
                name in inlined[scope]
                or not counts(name)
                or not (symbol.is_referenced() or symbol.is_assigned())
            ):
                continue
            names += 1
            owner = scope.owner(name)
            where = f"{name} in {key}"
            if scope.type is ScopeType.MODULE:
                assert owner is scope or not symbol.is_assigned(), where
            elif symbol.is_local():
                assert owner is scope, where
            elif symbol.is_free():
                assert owner is not None, where
                assert owner is not scope, where
                assert owner.type not in (ScopeType.MODULE, ScopeType.CLASS), where
            else:
                assert owner is None or owner.type is ScopeType.MODULE, where
    return names


def test_traps() -> None:
    assert compared(textwrap.dedent(TRAPS)) > 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_standard_library(path: Path) -> None:
    assert compared(path.read_text(encoding="utf-8")) > 0


def test_enough_files() -> None:
    assert len(FILES) > 20

"""A module that is the object itself: its functions are the handlers."""

from __future__ import annotations

import libcst as cst

from pkcodemods.api import HANDLER_SPELLINGS, TAGS_SPELLINGS, missed_handler
from pkcodemods.findings import problem
from pkcodemods.parties.party import Entry, Party
from pkcodemods.result import Form
from pkcodemods.source import Program, Role, SourceModule, bound_to_callable, described_literal


def module_party(program: Program, module: SourceModule) -> Party | None:
    """The party whose handlers are a module's own functions; None if it only imports handlers, or has none.

    Whether it is served as one is for the caller to judge.
    """
    party = Party(module, "", Form.MODULE)
    top = (module.tree, *_lines(module))
    for name, binding in module.scope.bindings.items():
        handler = HANDLER_SPELLINGS.get(name)
        store = binding.values[-1] if binding.values else None
        if handler is None or store is None:
            continue
        if isinstance(store.node, cst.FunctionDef):
            value: cst.BaseExpression | cst.FunctionDef = store.node
        elif store.role is Role.IMPORT and isinstance(store.name, cst.Name):
            value = store.name
        elif isinstance(store.node, (cst.Assign, cst.AnnAssign)) and store.node.value is not None:
            value = store.node.value
        else:
            continue
        if handler.method in party.methods:
            party.problems.append(problem("PK107", store.name, key=name))
        if len(binding.values) > 1:
            party.problems.append(problem("PK110", store.name, name=name))
        elif store.role is not Role.IMPORT and program.parents[store.node] not in top:
            party.problems.append(problem("PK105", store.name, handler=name))
        if (what := described_literal(program, value)) is not None:
            party.problems.append(problem("PK114", store.name, handler=name, what=what))
        party.entries.append(Entry(name, handler, value, store.node))
    _refuse_slips(program, party)
    defined = any(
        not isinstance(entry.element, (cst.Import, cst.ImportFrom, cst.ImportAlias))
        for entry in party.entries
    )
    return party if defined else None


def _refuse_slips(program: Program, party: Party) -> None:
    """A function named almost like a handler that the module lacks is refused when it is served."""
    for name, binding in party.module.scope.bindings.items():
        if name in TAGS_SPELLINGS and (binder := bound_to_callable(program, binding)) is not None:
            party.problems.append(problem("PK118", binder, key=name))
        missed = missed_handler(name)
        if missed is None or HANDLER_SPELLINGS[missed].method in party.methods:
            continue
        store = binding.values[-1] if binding.values else None
        if store is not None and isinstance(store.node, cst.FunctionDef):
            nearest = f" (did you mean `{missed}`?)"
            party.problems.append(problem("PK106", store.node, key=name, nearest=nearest))


def _lines(module: SourceModule) -> list[cst.CSTNode]:
    """The module's own lines of simple statements."""
    return [statement for statement in module.tree.body if isinstance(statement, cst.SimpleStatementLine)]

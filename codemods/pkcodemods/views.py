"""Letting an expression be the view with the old names, through a function of `pkcompat`."""

from __future__ import annotations

import libcst as cst

from pkcodemods.edits import wrap_in
from pkcodemods.findings import problem
from pkcodemods.kinds import Kind
from pkcodemods.plans import UsePlan
from pkcodemods.vocabulary import SHIMS


class Views:
    """Plans views, and the findings that tell of them."""

    def __init__(self, plan: UsePlan) -> None:
        self._plan = plan

    def let_be_view(self, node: cst.CSTNode, kind: Kind, code: str, /, **values: str) -> None:
        """Let an expression be the view of the object that it is.

        Args:
            node: the expression.
            kind: what it is.
            code: the code of the finding.
            values: what the finding's texts want.
        """
        shim = SHIMS.get(kind)
        if shim is None:
            self._plan.problems.append(problem("PK112", node, word=kind.value))
            return
        inner = self._plan.edits.get(node)
        wrap = wrap_in(shim)
        self._plan.edits[node] = wrap if inner is None else lambda updated: wrap(inner(updated))
        self._plan.shims.add(shim)
        self._plan.problems.append(problem(code, node, **values))

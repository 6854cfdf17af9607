"""Wraps expressions in views with the old names, made by functions of `pkcompat`."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from pkcodemods.api import SHIMS, Kind
from pkcodemods.findings import problem
from pkcodemods.plans import UsePlan
from pkcodemods.source import wrap_in


class Views:
    """Plans views, and the findings that report them."""

    def __init__(self, plan: UsePlan) -> None:
        self._plan = plan
        self._planned: set[tuple[cst.CSTNode, str]] = set()

    def let_be_view(
        self, node: cst.CSTNode, kinds: Kind | Iterable[Kind], code: str, /, **texts: str
    ) -> None:
        """Replace an expression by a view of its object.

        Args:
            node: the expression.
            kinds: what it is, or may be; what is of another kind stays as it is.
            code: the code of the finding.
            texts: what the finding's texts want.
        """
        wanted = (kinds,) if isinstance(kinds, Kind) else tuple(sorted(kinds, key=lambda kind: kind.value))
        for kind in wanted:
            if kind not in SHIMS:
                self._plan.problems.append(problem("PK112", node, word=kind.value))
                return
        for shim in dict.fromkeys(SHIMS[kind] for kind in wanted):
            if (node, shim) not in self._planned:
                self._planned.add((node, shim))
                self._wrap(node, shim)
        self._plan.problems.append(problem(code, node, **texts))

    def _wrap(self, node: cst.CSTNode, shim: str) -> None:
        inner = self._plan.edits.get(node)

        def wrap(updated: cst.CSTNode) -> cst.CSTNode:
            made = wrap_in(self._plan.bridge_names.get(shim, shim))
            return made(updated if inner is None else inner(updated))

        self._plan.edits[node] = wrap
        self._plan.shims.add(shim)

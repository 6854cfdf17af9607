"""A Sphinx extension: tables of the reference, made of the code whenever the documentation is built.

A page has a comment, `<!-- table: limits -->`, in a line of its own where the table is to stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

MARK = re.compile(r"^<!-- table: ([a-z-]+) -->$", re.MULTILINE)

_HOMES = {
    "admin-answers": "admin_json:answers",
    "assets": "settings:assets",
    "command": "command:reference",
    "environment": "settings:environment",
    "exit-statuses": "exit_statuses:by_command",
    "findings": "findings:codes",
    "handlers": "partykit_api:handlers",
    "host": "settings:host",
    "limits": "settings:limits",
    "masked-headers": "settings:masked_headers",
    "masked-query": "settings:masked_query",
    "metrics": "metrics:families",
    "migrate-json": "migrate_json:migrated",
    "old-types": "old_names:types",
    "mutants": "mutants:figures",
    "partykit-json": "partykit_json:fields",
    "partykit-json-serve": "partykit_json:serve_fields",
    "partykit-json-without-effect": "partykit_json:without_effect",
    "postgres-cluster": "settings:postgres_cluster",
    "pyproject": "settings:pyproject",
    "recordings": "partykit_api:recordings",
    "scan-json": "migrate_json:scanned",
    "server-options": "settings:server_options",
    "shadow-options": "settings:shadow_options",
    "sqlite-storage": "settings:sqlite_storage",
    "traffic-steps": "traffic:steps",
}


class UnknownTableError(LookupError):
    """A page asks for a table that there is none of."""


def names() -> frozenset[str]:
    """The names of all tables."""
    return frozenset(_HOMES)


def table(name: str) -> str:
    """A table as Markdown.

    Raises:
        UnknownTableError: there is none of that name.
    """
    if name not in _HOMES:
        raise UnknownTableError(f"there is no table {name!r}; there are: {', '.join(sorted(_HOMES))}")
    module, _, function = _HOMES[name].partition(":")
    make: Callable[[], str] = getattr(import_module(f"{__name__}.{module}"), function)
    return make().strip() + "\n"


def filled_in(text: str) -> str:
    """The text of a page with its tables."""
    return MARK.sub(lambda mark: table(mark[1]), text)


def _fill_in(app: Any, page: str, source: list[str]) -> None:
    source[0] = filled_in(source[0])


def _outdated(app: Any, env: Any, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The pages that are to be read again whether or not they changed: the code may have."""
    return [
        page for page in env.all_docs if page.startswith(("reference/", "explanation/", "findings/index"))
    ]


def setup(app: Any) -> Mapping[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", _fill_in)
    app.connect("env-get-outdated", _outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

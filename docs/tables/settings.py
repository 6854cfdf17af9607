"""Settings: the dataclasses and arguments that hold them, with their defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

from docs.tables.markdown import code, entries, markdown_table, texts_of

from partyserver import Assets, ClusterSettings, Host, Limits, PostgresCluster, ServerOptions, SqliteStorage
from partyserver.cluster.settings import SECRET_VARIABLE
from pkcompat import ShadowOptions
from pkcompat.command.limit_options import LIMIT_OPTIONS
from pkcompat.project.pyproject import _KEYS, _RECORD_KEYS
from pkcompat.serving.admin_address import TOKEN
from pkcompat.traffic.masking import MASKED_HEADERS, MASKED_QUERY

_SIZES = (("MiB", 1_048_576), ("KiB", 1_024))


def limits() -> str:
    """`Limits`, each with its option of `pkcompat serve`."""
    texts = entries(Limits, "Attributes")
    rows = [
        (code(each.name), code(option(each.name)), _shown_limit(each.name, each.default), texts[each.name])
        for each in fields(Limits)
    ]
    return markdown_table(("Field of `Limits`", "Option", "Default", "What it limits"), rows)


def option(limit: str) -> str:
    """The option of `pkcompat serve` that sets a limit."""
    return f"--{limit.replace('_', '-')}"


def _shown_limit(name: str, value: Any) -> str:
    if value == 0:
        return "0, none"
    unit = LIMIT_OPTIONS[name].unit
    if unit == "SECONDS":
        return f"{value:g} s"
    if unit == "SIZE":
        word, size = next((word, size) for word, size in _SIZES if value % size == 0)
        return f"{value // size} {word}"
    return f"{value:,}"


def server_options() -> str:
    """`ServerOptions`."""
    return _of_dataclass(ServerOptions, "Attributes")


def shadow_options() -> str:
    """`pkcompat.ShadowOptions`."""
    return _of_dataclass(ShadowOptions, "Attributes")


def postgres_cluster() -> str:
    """`PostgresCluster`, with what it has from `ClusterSettings`."""
    texts = entries(PostgresCluster, "Args") | entries(ClusterSettings, "Args")
    return _rows(fields(PostgresCluster), texts)


def host() -> str:
    """The arguments of `Host`."""
    return _of_function(Host.__init__)


def sqlite_storage() -> str:
    """The arguments of `SqliteStorage`."""
    return _of_function(SqliteStorage.__init__)


def assets() -> str:
    """The arguments of `Assets`."""
    return _of_function(Assets.__init__)


def environment() -> str:
    """The environment variables that are read."""
    return markdown_table(
        ("Variable", "What it is"), [(code(name), text) for name, text in VARIABLES.items()]
    )


VARIABLES = {
    TOKEN: "The token that lets people into `pkcompat serve --admin HOST:PORT`.",
    SECRET_VARIABLE: "What the nodes of a cluster prove to each other with; the same text on every node.",
    "PGHOST": "PostgreSQL's host, if the connection string has none; so are libpq's other `PG*` variables.",
    "NO_COLOR": "Not empty: output has no colours.",
}
"""Ours, and those of libraries that people will look for."""


PYPROJECT = {
    "exclude": "Patterns, as in `.gitignore`, of files that are left alone; relative to the file's folder.",
    "import-roots": "Modules that stand for `partykit.server`, such as a copy of your own.",
    "line-length": "The width of what is written; else Ruff's or Black's, else 88.",
    "per-file-ignores": "Patterns of files, each with codes, or `all`: parties with such findings stay.",
    "record": "What recordings mask; the rest of this table.",
    "record.mask-headers": "More headers to mask.",
    "record.mask-query": "More parameters of queries to mask.",
    "record.unmask": "Names that stay as they are, of either.",
}


def pyproject() -> str:
    """The keys of `[tool.pkcompat]`."""
    keys = texts_of([*_KEYS, *(f"record.{key}" for key in _RECORD_KEYS)], PYPROJECT)
    return markdown_table(("Key", "What it is"), [(code(key), text) for key, text in keys])


def masked_headers() -> str:
    """Headers that recordings mask."""
    return ", ".join(code(name) for name in sorted(MASKED_HEADERS))


def masked_query() -> str:
    """Parameters of the query that recordings mask."""
    return ", ".join(code(name) for name in sorted(MASKED_QUERY))


def _of_dataclass(cls: Any, section: str) -> str:
    return _rows(fields(cls), entries(cls, section))


def _rows(of: Any, texts: dict[str, str]) -> str:
    rows = [(code(each.name), _default(each), texts[each.name]) for each in of]
    return markdown_table(("Field", "Default", "What it does"), rows)


def _default(field: Any) -> str:
    if field.default_factory is not MISSING:
        return code(f"{field.default_factory.__name__}()")
    return "" if field.default is MISSING else _value(field.default)


def _of_function(function: Callable[..., Any]) -> str:
    texts = entries(function, "Args")
    parameters = list(inspect.signature(function).parameters.values())[1:]
    rows = [
        (code(each.name), "" if each.default is each.empty else _value(each.default), texts[each.name])
        for each in parameters
    ]
    return markdown_table(("Argument", "Default", "What it does"), rows)


def _value(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value and value % 1_048_576 == 0:
        return f"{value // 1_048_576} MiB"
    return code(repr(str(value)) if hasattr(value, "as_posix") else repr(value))

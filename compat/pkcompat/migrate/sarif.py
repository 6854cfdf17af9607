"""Findings as a SARIF 2.1.0 log (OASIS), for code scanning services.

The few objects that we need are defined here: `sarif-om`, the library for it, is no longer maintained.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec

from pkcodemods.finding_codes import FINDING_CODES, FindingCode
from pkcodemods.finding_pages import finding_page, page_url
from pkcodemods.result import Finding, Outcome
from pkcompat.migrate.file import FileMigration
from pkcompat.migrate.json_output import without_surrogates
from pkcompat.migrate.problem import Problem

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {
    Outcome.ERROR: "error",
    Outcome.WRAPPED: "warning",
    Outcome.UNTOUCHED: "warning",
    Outcome.RESIDUE: "warning",
    Outcome.REWRITTEN: "note",
}
_UNREADABLE = "PK901"


class _Object(msgspec.Struct, rename="camel", omit_defaults=True):
    """An object of the log, its fields named as the schema names them."""


class _Message(_Object):
    text: str


class _Help(_Message):
    markdown: str


class _Configuration(_Object):
    level: str


class _Rule(_Object):
    id: str
    name: str
    short_description: _Message
    full_description: _Message
    help: _Help
    default_configuration: _Configuration
    help_uri: str | None = None


class _Driver(_Object):
    name: str
    version: str
    rules: Sequence[_Rule]


class _Tool(_Object):
    driver: _Driver


class _Region(_Object):
    start_line: int
    start_column: int


class _ArtifactLocation(_Object):
    uri: str


class _PhysicalLocation(_Object):
    artifact_location: _ArtifactLocation
    region: _Region | None = None


class _Location(_Object):
    physical_location: _PhysicalLocation


class _Result(_Object):
    rule_id: str
    rule_index: int
    level: str
    message: _Message
    locations: Sequence[_Location]


class _Invocation(_Object):
    execution_successful: bool


class _Run(_Object):
    tool: _Tool
    invocations: Sequence[_Invocation]
    results: Sequence[_Result]
    column_kind: str


class _Log(_Object):
    schema: str = msgspec.field(name="$schema")
    version: str
    runs: Sequence[_Run]


def sarif_log(migrations: Iterable[FileMigration]) -> str:
    """The findings of a migration as a SARIF log: one run, one result per finding, one rule per code.

    Files are named relative to the current folder, or by their absolute path outside of it. A file that could
    not be processed is a result of level `error`.

    Args:
        migrations: the results of the files.

    Returns:
        The log as JSON.
    """
    from importlib.metadata import metadata

    distribution = metadata("pkcompat")
    home = _documentation(distribution.get_all("Project-URL") or [])
    codes = list(FINDING_CODES)
    files = list(migrations)
    run = _Run(
        tool=_Tool(
            _Driver(
                "pkcompat", distribution["Version"], [_rule(code, home) for code in FINDING_CODES.values()]
            )
        ),
        invocations=[_Invocation(all(file.problem is None for file in files))],
        results=[_result(codes, file.path, found) for file in files for found in _findings(file)],
        column_kind="unicodeCodePoints",  # as Python counts columns
    )
    return msgspec.json.format(msgspec.json.encode(_Log(SCHEMA, "2.1.0", [run])), indent=2).decode()


def _documentation(urls: Iterable[str]) -> str | None:
    """The URL of the documentation among a project's, which are written `Label, URL`; None without one."""
    labelled = dict(url.split(", ", 1) for url in urls)
    return labelled.get("Documentation")


def _rule(code: FindingCode, home: str | None) -> _Rule:
    page = finding_page(code.code)
    return _Rule(
        id=code.code,
        name="".join(word.capitalize() for word in code.title.split()),
        short_description=_Message(code.title),
        full_description=_Message(page.summary),
        help=_Help(f"`pkcompat explain {code.code}` explains it.", page.text(home)),
        default_configuration=_Configuration(_LEVELS[code.outcome]),
        help_uri=page_url(home, code.code) if home else None,
    )


def _findings(file: FileMigration) -> Iterator[Finding | Problem]:
    if file.problem is not None and not file.parties:
        yield file.problem
    yield from file.findings
    for party in file.parties:
        yield from party.findings


def _result(codes: Sequence[str], path: Path, found: Finding | Problem) -> _Result:
    if isinstance(found, Finding):
        code, text = found.code, f"{found.message} {found.help}"
    else:
        code, text = _UNREADABLE, found.message
    region = _Region(found.line, found.column or 1) if found.line is not None else None
    return _Result(
        rule_id=code,
        rule_index=codes.index(code),
        level=_LEVELS[FINDING_CODES[code].outcome],
        message=_Message(without_surrogates(text)),
        locations=[_Location(_PhysicalLocation(_ArtifactLocation(_uri(path)), region))],
    )


def _uri(path: Path) -> str:
    absolute = Path(os.path.abspath(path))
    if absolute.is_relative_to(Path.cwd()):
        return quote(os.fsencode(absolute.relative_to(Path.cwd()).as_posix()))
    return absolute.as_uri()

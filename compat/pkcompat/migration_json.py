"""What became of files, as the commands print it in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from pkcodemods.result import PartyResult
from pkcompat.file_migration import FileMigration


def migration_json(migrations: Iterable[FileMigration]) -> str:
    """What became of each file and of each of its parties.

    A file that could not be processed has `message`, `line` and `column` too; line and column are null where
    the whole file is meant.
    """
    return _document(migrations, _outcome)


def scan_json(migrations: Iterable[FileMigration]) -> str:
    """The same, with each party's form and handlers; files without a party or problem are left out."""
    return _document((file for file in migrations if file.parties or file.problem), _scanned)


def _document(migrations: Iterable[FileMigration], party: Callable[[PartyResult], dict[str, Any]]) -> str:
    files = [_file(migration, party) for migration in migrations]
    return json.dumps({"files": files}, indent=2, ensure_ascii=False)


def _file(migration: FileMigration, party: Callable[[PartyResult], dict[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {"path": str(migration.path), "outcome": migration.outcome}
    if migration.problem is not None:
        document |= asdict(migration.problem)
    return document | {"parties": [party(result) for result in migration.parties]}


def _outcome(party: PartyResult) -> dict[str, Any]:
    findings = [asdict(finding) for finding in party.findings]
    return {"name": party.name, "outcome": str(party.outcome), "findings": findings}


def _scanned(party: PartyResult) -> dict[str, Any]:
    return {
        "name": party.name,
        "form": str(party.form),
        "handlers": list(party.handlers),
        **_outcome(party),
    }

"""The results of files as JSON, as the commands print them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pkcodemods.result import PartyResult
from pkcompat.migrate.diff import unified_diff
from pkcompat.migrate.file import FileMigration
from pkcompat.migrate.verification_json import party_verification, verification_terms

if TYPE_CHECKING:
    from pkcompat.migrate.tested import Testing
    from pkcompat.migrate.verified import Verifications

_SURROGATE = re.compile("[\ud800-\udfff]")

_Party = Callable[[FileMigration, PartyResult], dict[str, Any]]


def migration_json(
    migrations: Iterable[FileMigration],
    verifications: Verifications | None = None,
    testing: Testing | None = None,
    *,
    diffs: bool = False,
) -> str:
    """The results of all files and their parties; with `diffs` each file has its unified diff, too.

    A file that could not be processed has `message`, `line` and `column`; line and column are null if they
    concern the whole file. A file with findings that belong to no party has `findings`. If parties were
    compared, there is a `verification` at the top level and one in each party. If the user's tests were run,
    there is a `test` at the top level.
    """
    more = {} if testing is None else {"test": asdict(testing)}
    if verifications is None:
        return _document(migrations, lambda file, party: _outcome(party), diffs=diffs, **more)
    shown = verifications.parties

    def verified(file: FileMigration, party: PartyResult) -> dict[str, Any]:
        found = shown.get((file.path, party.name))
        return _outcome(party) | {"verification": None if found is None else party_verification(found)}

    more |= {"verification": verification_terms(verifications.terms)}
    return _document(migrations, verified, diffs=diffs, **more)


def scan_json(migrations: Iterable[FileMigration]) -> str:
    """The same with each party's form and handlers; files without a party or a problem are left out."""
    found = (file for file in migrations if file.parties or file.problem)
    return _document(found, lambda file, party: _scanned(party))


def _document(migrations: Iterable[FileMigration], party: _Party, *, diffs: bool = False, **more: Any) -> str:
    files = [_file(migration, party) | (_diff(migration) if diffs else {}) for migration in migrations]
    return without_surrogates(json.dumps({"files": files, **more}, indent=2, ensure_ascii=False))


def without_surrogates(text: str) -> str:
    """A text that can be written in UTF-8: a byte of a file's name that is not UTF-8 becomes U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def _diff(migration: FileMigration) -> dict[str, str]:
    return {"diff": b"".join(unified_diff(migration)).decode(errors="replace")}


def _file(migration: FileMigration, party: _Party) -> dict[str, Any]:
    document: dict[str, Any] = {"path": str(migration.path), "outcome": migration.outcome}
    if migration.problem is not None:
        document |= asdict(migration.problem)
    if migration.findings:
        document["findings"] = [asdict(finding) for finding in migration.findings]
    return document | {"parties": [party(migration, result) for result in migration.parties]}


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

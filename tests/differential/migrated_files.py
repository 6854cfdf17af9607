"""What becomes of modules that lie in files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.pkcodemods.checks import migrated

from pkcodemods import MigrationResult


@cache
def migrated_file(path: Path) -> MigrationResult:
    """What becomes of the module in a file."""
    return migrated(path.read_text(encoding="utf-8"))


def needs_no_shim(path: Path) -> bool:
    """Whether the module in a file is rewritten, as a person would have done it."""
    result = migrated_file(path)
    found = {finding.code for party in result.parties for finding in party.findings}
    return result.outcome == "rewritten" and "pkcompat" not in result.code and found <= {"PK301"}

"""Migrates one module: in this process, or in another if its nesting might overflow the stack."""

from __future__ import annotations

from pkcodemods.errors import SourceError
from pkcodemods.isolated_migration import migrate_isolated
from pkcodemods.migration import failed, migrate_in_this_process
from pkcodemods.result import MigrationResult, Outcome
from pkcodemods.settings import DEFAULT_SETTINGS, Settings
from pkcodemods.sniffing import may_hold_party
from pkcodemods.source import is_deeply_nested


def migrate_source(
    source: str, *, path: str | None = None, settings: Settings = DEFAULT_SETTINGS
) -> MigrationResult:
    """Rewrite the parties of one module.

    Args:
        source: the module's source.
        path: where it comes from; settings may go by it.
        settings: what the user chose.

    Returns:
        The new source, and what became of each party. A source that is no Python is an `error` with its line
        and reason; nothing is raised for it.
    """
    return _guarded(source, path, settings, rewrites=True)


def scan_source(
    source: str, *, path: str | None = None, settings: Settings = DEFAULT_SETTINGS
) -> MigrationResult:
    """What `migrate_source` would do, without doing it: the same result, with the source as it is."""
    return _guarded(source, path, settings, rewrites=False)


def _guarded(source: str, path: str | None, settings: Settings, *, rewrites: bool) -> MigrationResult:
    """Migrate, in another process if this one might not survive it."""
    if not may_hold_party(source.encode("utf-8", "surrogateescape"), settings.import_roots):
        return MigrationResult(Outcome.UNTOUCHED, source)
    if not is_deeply_nested(source):
        return migrate_in_this_process(source, path, settings, rewrites=rewrites)
    try:
        return migrate_isolated(source, path, settings, rewrites=rewrites)
    except SourceError as error:
        return failed(source, error)

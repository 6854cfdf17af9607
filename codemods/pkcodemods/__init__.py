"""The codemod: parties in the object form become classes, or say why not."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pkcodemods.bytes_migration import migrate_bytes
    from pkcodemods.errors import CodemodError, SettingsError, SourceError
    from pkcodemods.libcst_command import MigrateParties
    from pkcodemods.project_migration import migrate_project
    from pkcodemods.result import BytesResult, Finding, Form, MigrationResult, Outcome, PartyResult
    from pkcodemods.settings import Settings
    from pkcodemods.single_source import migrate_source, scan_source
    from pkcodemods.sniffing import may_hold_party
    from pkcodemods.source import SourceFile

_HOMES = {
    "BytesResult": "result",
    "CodemodError": "errors",
    "Finding": "result",
    "Form": "result",
    "MigrateParties": "libcst_command",
    "MigrationResult": "result",
    "Outcome": "result",
    "PartyResult": "result",
    "Settings": "settings",
    "SettingsError": "errors",
    "SourceError": "errors",
    "SourceFile": "source.project_files",
    "may_hold_party": "sniffing",
    "migrate_bytes": "bytes_migration",
    "migrate_project": "project_migration",
    "migrate_source": "single_source",
    "scan_source": "single_source",
}

__all__ = [
    "BytesResult",
    "CodemodError",
    "Finding",
    "Form",
    "MigrateParties",
    "MigrationResult",
    "Outcome",
    "PartyResult",
    "Settings",
    "SettingsError",
    "SourceError",
    "SourceFile",
    "may_hold_party",
    "migrate_bytes",
    "migrate_project",
    "migrate_source",
    "scan_source",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for: libcst takes a while."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

"""The codemod on files: reading, migrating in memory, verifying, testing, writing."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pkcompat.migrate.clean_cache import clean_files_of
    from pkcompat.migrate.diff import unified_diff
    from pkcompat.migrate.file import FileMigration, write_migrations
    from pkcompat.migrate.json_output import migration_json, scan_json
    from pkcompat.migrate.known_groups import known_groups_of
    from pkcompat.migrate.project import ProjectMigration, SourceMigration
    from pkcompat.migrate.project_copy import TreeCopy, root_of_copy, tree_copy
    from pkcompat.migrate.sarif import sarif_log
    from pkcompat.migrate.shell_command import CommandRun, ended_by_signals, run_command
    from pkcompat.migrate.target import MigratedSources, migrated_sources
    from pkcompat.migrate.tested import Settle, Testing, TestsError, migrate_tested
    from pkcompat.migrate.verified import (
        Compare,
        Migrating,
        Verifications,
        VerificationTerms,
        VerifiedMigration,
    )

__all__ = [
    "CommandRun",
    "Compare",
    "FileMigration",
    "MigratedSources",
    "Migrating",
    "ProjectMigration",
    "Settle",
    "SourceMigration",
    "Testing",
    "TestsError",
    "TreeCopy",
    "VerificationTerms",
    "Verifications",
    "VerifiedMigration",
    "clean_files_of",
    "ended_by_signals",
    "known_groups_of",
    "migrate_tested",
    "migrated_sources",
    "migration_json",
    "root_of_copy",
    "run_command",
    "sarif_log",
    "scan_json",
    "tree_copy",
    "unified_diff",
    "write_migrations",
]

_HOMES = {
    "CommandRun": "shell_command",
    "Compare": "verified",
    "FileMigration": "file",
    "MigratedSources": "target",
    "Migrating": "verified",
    "ProjectMigration": "project",
    "Settle": "tested",
    "SourceMigration": "project",
    "Testing": "tested",
    "TestsError": "tested",
    "TreeCopy": "project_copy",
    "VerificationTerms": "verified",
    "Verifications": "verified",
    "VerifiedMigration": "verified",
    "clean_files_of": "clean_cache",
    "ended_by_signals": "shell_command",
    "known_groups_of": "known_groups",
    "migrate_tested": "tested",
    "migrated_sources": "target",
    "migration_json": "json_output",
    "root_of_copy": "project_copy",
    "run_command": "shell_command",
    "sarif_log": "sarif",
    "scan_json": "json_output",
    "tree_copy": "project_copy",
    "unified_diff": "diff",
    "write_migrations": "file",
}


def __getattr__(name: str) -> Any:
    if (home := _HOMES.get(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

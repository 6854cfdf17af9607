"""The user's files: targets, imports, partykit.json, pyproject.toml, .env, ignore rules."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pkcompat.project.atomic_write import (
        FileChangedError,
        StagedContent,
        open_document,
        remove_leftovers,
        replace_content,
        write_content,
        write_document,
    )
    from pkcompat.project.env_files import ENV_FILE_NAMES, load_env_files
    from pkcompat.project.folder_lock import locked
    from pkcompat.project.hosting import HostPlan, load_parties, make_host
    from pkcompat.project.ignore_rules import GITIGNORE, Exclusion, GitIgnore
    from pkcompat.project.interruption import uninterrupted
    from pkcompat.project.kept_files import DIFFERENCES, FOLDER_NAME, RECORDING_LIMIT, hide_from_git
    from pkcompat.project.module_loading import ModuleLoader, ModuleLoadError, location_of
    from pkcompat.project.partykit_json import ProjectConfig, load_project_config
    from pkcompat.project.pyproject import ToolSettings, load_tool_settings
    from pkcompat.project.root import CONFIG_FILE_NAMES, other_sources, project_roots
    from pkcompat.project.served_names import party_names
    from pkcompat.project.source_files import find_sources, read_source
    from pkcompat.project.targets import LoadedParty, TargetError, load_party, parse_target, party_class

__all__ = [
    "CONFIG_FILE_NAMES",
    "DIFFERENCES",
    "ENV_FILE_NAMES",
    "FOLDER_NAME",
    "GITIGNORE",
    "RECORDING_LIMIT",
    "Exclusion",
    "FileChangedError",
    "GitIgnore",
    "HostPlan",
    "LoadedParty",
    "ModuleLoadError",
    "ModuleLoader",
    "ProjectConfig",
    "StagedContent",
    "TargetError",
    "ToolSettings",
    "find_sources",
    "hide_from_git",
    "load_env_files",
    "load_parties",
    "load_party",
    "load_project_config",
    "load_tool_settings",
    "location_of",
    "locked",
    "make_host",
    "open_document",
    "other_sources",
    "parse_target",
    "party_class",
    "party_names",
    "project_roots",
    "read_source",
    "remove_leftovers",
    "replace_content",
    "uninterrupted",
    "write_content",
    "write_document",
]

_HOMES = {
    "CONFIG_FILE_NAMES": "root",
    "DIFFERENCES": "kept_files",
    "ENV_FILE_NAMES": "env_files",
    "Exclusion": "ignore_rules",
    "FOLDER_NAME": "kept_files",
    "FileChangedError": "atomic_write",
    "GITIGNORE": "ignore_rules",
    "GitIgnore": "ignore_rules",
    "HostPlan": "hosting",
    "LoadedParty": "targets",
    "ModuleLoadError": "module_loading",
    "ModuleLoader": "module_loading",
    "ProjectConfig": "partykit_json",
    "RECORDING_LIMIT": "kept_files",
    "TargetError": "targets",
    "ToolSettings": "pyproject",
    "find_sources": "source_files",
    "hide_from_git": "kept_files",
    "load_env_files": "env_files",
    "load_parties": "hosting",
    "load_party": "targets",
    "load_project_config": "partykit_json",
    "load_tool_settings": "pyproject",
    "location_of": "module_loading",
    "make_host": "hosting",
    "open_document": "atomic_write",
    "other_sources": "root",
    "parse_target": "targets",
    "party_class": "targets",
    "party_names": "served_names",
    "project_roots": "root",
    "StagedContent": "atomic_write",
    "locked": "folder_lock",
    "read_source": "source_files",
    "remove_leftovers": "atomic_write",
    "replace_content": "atomic_write",
    "uninterrupted": "interruption",
    "write_content": "atomic_write",
    "write_document": "atomic_write",
}


def __getattr__(name: str) -> Any:
    if (home := _HOMES.get(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

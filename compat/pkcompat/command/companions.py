"""The surroundings of a compared party: other parties, variables, crons, static files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pkcompat.project import HostPlan, load_env_files, load_project_config


def load_companions(parties: Mapping[str, str], env: Mapping[str, str]) -> tuple[HostPlan, tuple[str, ...]]:
    """Merge the project files of the current folder with the command line, which wins.

    Args:
        parties: targets of other parties by name.
        env: variables.

    Returns:
        The surroundings of both forms, and warnings about settings that have no effect.

    Raises:
        ProjectConfigError: `partykit.json` cannot be used.
        EnvFileError: a file of variables cannot be read.
    """
    config = load_project_config(Path.cwd())
    plan = HostPlan(
        parties={**config.parties, **parties},
        env={**config.vars, **load_env_files(Path.cwd()).values, **env},
        crons=config.crons,
        static=config.static,
    )
    return plan, config.warnings

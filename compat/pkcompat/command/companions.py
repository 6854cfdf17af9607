"""What stands beside a party that is run: the project of the current folder, and the command line."""

from collections.abc import Sequence
from pathlib import Path

from pkcompat.command.options import pairs
from pkcompat.command.output import show_warning
from pkcompat.env_files import load_env_files
from pkcompat.hosting import HostPlan
from pkcompat.project_config import load_project_config


def load_companions(party: Sequence[str] | None, env: Sequence[str] | None) -> HostPlan:
    """Other parties, variables and crons, as `partykit.json` and `.env` say; the command line wins.

    Args:
        party: parties that were given as NAME=TARGET.
        env: variables that were given as NAME=VALUE.

    Raises:
        ProjectConfigError: `partykit.json` cannot be used.
        typer.BadParameter: what was given cannot be used.
    """
    config = load_project_config(Path.cwd())
    for warning in config.warnings:
        show_warning(warning)
    return HostPlan(
        parties={**config.parties, **pairs(party, "--party")},
        env={**config.vars, **load_env_files(Path.cwd()).values, **pairs(env, "--env")},
        crons=config.crons,
        static=config.static,
    )

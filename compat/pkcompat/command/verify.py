"""`pkcompat verify`: both forms, the same traffic."""

import re
from pathlib import Path
from typing import Annotated

import typer

from pkcompat.command.exit_status import FOUND
from pkcompat.command.options import EnvOptions, PartyOptions, pairs


def verify(
    legacy: Annotated[
        str,
        typer.Argument(
            metavar="LEGACY",
            help="The object form: path/to/file.py[:attribute] or package.module[:attribute].",
        ),
    ],
    new: Annotated[
        str | None,
        typer.Argument(
            metavar="CLASS",
            help="The class form; without it, what the codemod makes of LEGACY.",
            show_default=False,
        ),
    ] = None,
    *,
    traffic: Annotated[
        Path,
        typer.Option(
            help="The traffic file. Where it has a recording, that is compared too.", show_default=False
        ),
    ],
    party: PartyOptions = None,
    env: EnvOptions = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REGEX",
            help="Leave what this matches in texts out of the comparison; may be given any number of times.",
        ),
    ] = None,
    quiet_time: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.01, help="A step is over when nothing came for this long."),
    ] = 0.25,
) -> None:
    """Run both forms of a party under the same traffic, and compare what the clients see, step by step.

    Exits with 1 where the forms differ, or one of them differs from the recording.
    """
    import asyncio

    from pkcompat.command.output import show_warning
    from pkcompat.command.verify_output import show_verification, steps_progress
    from pkcompat.comparison import Rules
    from pkcompat.env_files import load_env_files
    from pkcompat.event_log import Pace
    from pkcompat.hosting import HostPlan
    from pkcompat.migrated_target import migrated_sources
    from pkcompat.project_config import load_project_config
    from pkcompat.traffic_file import load_traffic
    from pkcompat.verify import VerifyPlan
    from pkcompat.verify import verify as run

    steps = load_traffic(traffic)
    config = load_project_config(Path.cwd())
    for warning in config.warnings:
        show_warning(warning)
    migrated = migrated_sources(legacy) if new is None else None
    plan = VerifyPlan(
        traffic=steps,
        old=legacy,
        new=new if new is not None else legacy,
        sources=migrated.sources if migrated is not None else {},
        companions=HostPlan(
            parties={**config.parties, **pairs(party, "--party")},
            env={**config.vars, **load_env_files(Path.cwd()).values, **pairs(env, "--env")},
            crons=config.crons,
            static=config.static,
        ),
        rules=Rules(texts=tuple(_pattern(text) for text in ignore or ())),
        pace=Pace(quiet=quiet_time),
    )
    with steps_progress(2 * len(steps.steps)) as progress:
        verification = asyncio.run(run(plan, progress))
    show_verification(verification, plan.rules, migrated.outcome if migrated is not None else None)
    if not verification.agrees:
        raise typer.Exit(FOUND)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise typer.BadParameter(
            f"{text!r} is no regular expression: {error}", param_hint="--ignore"
        ) from None

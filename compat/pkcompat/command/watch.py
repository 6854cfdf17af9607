"""`pkcompat watch`: show both forms of a party side by side on a page."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pkcompat.command.options import EnvOptions, IgnoreOptions, PartyOptions, QuietTimeOption, pairs, patterns

if TYPE_CHECKING:
    from pkcompat.traffic import Traffic
    from pkcompat.watch import WatchPlan

DEFAULT_PORT = 1998


def watch(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD", help="The object form: path/to/file.py[:attribute] or package.module[:attribute]."
        ),
    ],
    new: Annotated[
        str | None,
        typer.Argument(
            metavar="NEW",
            help="The class form; without it, what the codemod makes of OLD.",
            show_default=False,
        ),
    ] = None,
    *,
    port: Annotated[
        int,
        typer.Option(help="The TCP port of the page, on 127.0.0.1; 0 takes a free one.", min=0, max=65535),
    ] = DEFAULT_PORT,
    traffic: Annotated[
        Path | None,
        typer.Option(help="A traffic file to play step by step on the page.", show_default=False),
    ] = None,
    party: PartyOptions = None,
    env: EnvOptions = None,
    ignore: IgnoreOptions = None,
    quiet_time: QuietTimeOption = 0.25,
) -> None:
    """Watch both forms of a party side by side on a page, and send to both.

    The page shows what every client sends and receives in both forms, and marks what differs. When a Python
    file, `partykit.json` or `.env` changes, both forms are restarted, and all steps are played again.
    """
    from pkcompat.command.serve_output import show_change
    from pkcompat.command.watch_output import show_problem, show_watch
    from pkcompat.project import TargetError, parse_target
    from pkcompat.serving import LOOPBACK, listen, watched_folders
    from pkcompat.traffic import DEFAULT_PARTY, Traffic, load_traffic
    from pkcompat.watch import WatchedForms, WatchPace, serve_watch

    script = load_traffic(traffic) if traffic is not None else Traffic(DEFAULT_PARTY, ())
    make_plan = _planner(old, new, script, party, env, ignore)
    targets = [parse_target(target) for target in (old, new) if target is not None]
    files = [target.file for target in targets if target.file is not None]
    for file in files:
        if not os.path.isfile(file):
            raise TargetError(f"{file}: no such file")
    folders = watched_folders(Path.cwd(), files)
    plan = make_plan()
    watched = WatchedForms(plan, make_plan, pace=WatchPace(quiet=quiet_time), on_problem=show_problem)
    serve_watch(
        watched,
        listen(LOOPBACK, port),
        folders,
        on_started=lambda address: show_watch(address, plan),
        on_change=show_change,
    )


def _planner(
    old: str,
    new: str | None,
    script: "Traffic",
    party: list[str] | None,
    env: list[str] | None,
    ignore: list[str] | None,
) -> Callable[[], "WatchPlan"]:
    from pkcompat.command.companions import load_companions
    from pkcompat.command.output import show_warning
    from pkcompat.migrate import migrated_sources
    from pkcompat.traffic import Rules
    from pkcompat.verify import VerifyPlan
    from pkcompat.watch import WatchPlan

    rules = Rules(texts=patterns(ignore))
    parties, variables = pairs(party, "--party"), pairs(env, "--env")

    def make_plan() -> WatchPlan:
        companions, warnings = load_companions(parties, variables)
        for warning in warnings:
            show_warning(warning)
        migrated = migrated_sources(old, companions.parties.values()) if new is None else None
        for left in migrated.left if migrated is not None else ():
            show_warning(left)
        sources = migrated.sources if migrated is not None else {}
        forms = VerifyPlan(script, old, new if new is not None else old, sources, companions, rules)
        return WatchPlan(forms, migrated.outcome if migrated is not None else None)

    return make_plan

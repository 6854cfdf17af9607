"""`pkcompat verify`: compare both forms of a party under the same traffic."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pkcompat.command.exit_status import FOUND
from pkcompat.command.options import (
    DEFAULT_BUDGET,
    EnvOptions,
    IgnoreOptions,
    PartyOptions,
    QuietTimeOption,
    pairs,
    patterns,
)

if TYPE_CHECKING:
    from pkcompat.migrate import MigratedSources
    from pkcompat.project import HostPlan
    from pkcompat.traffic import Rules, Traffic


# Typer takes the options from the signature, one parameter an option; hence the length.
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
        Path | None,
        typer.Option(
            help="The traffic file. If it has a recording, that is compared too. Without a file, traffic is "
            "generated from what the module understands.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Generated traffic: the same seed gives the same traffic.")
    ] = 0,
    budget: Annotated[
        int, typer.Option(metavar="SCRIPTS", min=1, help="Generated traffic: how many scripts to play.")
    ] = DEFAULT_BUDGET,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Generated traffic: write the shortest script that tells the forms apart as a traffic file.",
            show_default=False,
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a report with both forms side by side: one self-contained HTML file.",
            show_default=False,
        ),
    ] = None,
    party: PartyOptions = None,
    env: EnvOptions = None,
    ignore: IgnoreOptions = None,
    real_time: Annotated[
        bool,
        typer.Option(
            "--real-time",
            help="Given traffic: play it over sockets, with the machine's clocks and randomness, which are "
            "held still otherwise.",
        ),
    ] = False,
    quiet_time: QuietTimeOption = 0.25,
) -> None:
    """Run both forms of a party under the same traffic, and compare what the clients see, step by step.

    Without a traffic file the traffic is generated: messages that the module understands according to its
    source, in all orders, and messages that it does not.

    Exits with 1 if the forms differ, or if one of them differs from the recording.
    """
    from pkcompat.command.companions import load_companions
    from pkcompat.command.output import show_warning
    from pkcompat.migrate import migrated_sources
    from pkcompat.report import check_report_file
    from pkcompat.traffic import Rules, load_traffic_to_compare

    if traffic is not None and save is not None:
        raise typer.BadParameter("is for generated traffic; leave --traffic out", param_hint="--save")
    if traffic is None and real_time:
        raise typer.BadParameter("is for given traffic; name a file with --traffic", param_hint="--real-time")
    if html is not None:
        check_report_file(html)  # now, not after a long comparison
    rules = Rules(texts=patterns(ignore))
    steps = load_traffic_to_compare(traffic) if traffic is not None else None
    companions, warnings = load_companions(pairs(party, "--party"), pairs(env, "--env"))
    for warning in warnings:
        show_warning(warning)
    migrated = migrated_sources(legacy, companions.parties.values()) if new is None else None
    for left in migrated.left if migrated is not None else ():
        show_warning(left)
    forms = _Forms(legacy, new if new is not None else legacy, migrated)
    if steps is not None:
        pace = quiet_time if real_time else None
        agrees = _under_given_traffic(steps, str(traffic), forms, companions, rules, pace, html)
    else:
        agrees = _under_generated_traffic(forms, companions, rules, seed, budget, save, html)
    if not agrees:
        raise typer.Exit(FOUND)


@dataclass(frozen=True, slots=True)
class _Forms:
    old: str
    new: str
    migrated: "MigratedSources | None"

    @property
    def sources(self) -> Mapping[Path, bytes]:
        return self.migrated.sources if self.migrated is not None else {}

    @property
    def outcome(self) -> str | None:
        return self.migrated.outcome if self.migrated is not None else None


def _under_given_traffic(
    traffic: "Traffic",
    file: str,
    forms: _Forms,
    companions: "HostPlan",
    rules: "Rules",
    quiet_time: float | None,
    html: Path | None,
) -> bool:
    """Compare under traffic from a file: in real time if there is a quiet time, else in virtual time."""
    import asyncio

    from pkcompat.command.verify_output import show_report, show_verification, steps_progress
    from pkcompat.playing import Pace
    from pkcompat.report import given_report, save_report
    from pkcompat.verify import VerifyPlan, verify_held_still
    from pkcompat.verify import verify as run

    plan = VerifyPlan(
        traffic=traffic,
        old=forms.old,
        new=forms.new,
        sources=forms.sources,
        companions=companions,
        rules=rules,
        pace=Pace() if quiet_time is None else Pace(quiet=quiet_time),
    )
    if quiet_time is None:
        with steps_progress(2, "forms") as progress:
            verification = verify_held_still(plan, progress)
    else:
        with steps_progress(2 * len(traffic.steps)) as progress:
            verification = asyncio.run(run(plan, progress))
    held_still = quiet_time is None
    show_verification(verification, plan.rules, forms.outcome, held_still=held_still)
    if html is not None:
        save_report(
            html,
            given_report(verification, plan.rules, migrated=forms.outcome, file=file, held_still=held_still),
        )
        show_report(html)
    return verification.agrees


def _under_generated_traffic(
    forms: _Forms,
    companions: "HostPlan",
    rules: "Rules",
    seed: int,
    budget: int,
    save: Path | None,
    html: Path | None,
) -> bool:
    from pkcompat.command.generated_output import show_generated
    from pkcompat.command.verify_output import show_report, steps_progress
    from pkcompat.report import generated_report, save_report
    from pkcompat.traffic import save_traffic
    from pkcompat.verify import GenerationPlan, verify_generated

    plan = GenerationPlan(forms.old, forms.new, forms.sources, companions, rules, seed, budget)
    with steps_progress(budget, "scripts") as progress:
        verification = verify_generated(plan, progress)
    show_generated(verification, forms.outcome, save)
    if verification.verification is not None and save is not None:
        save_traffic(verification.verification.traffic, save)
    if html is not None:
        save_report(html, generated_report(verification, migrated=forms.outcome))
        show_report(html)
    return verification.agrees

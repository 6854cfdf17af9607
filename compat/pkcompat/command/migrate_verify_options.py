"""The options of `pkcompat migrate` that go with `--verify`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pkcompat.command.options import DEFAULT_BUDGET, env_option, ignore_option, pairs, party_option, patterns

if TYPE_CHECKING:
    from pkcompat.migrate import VerificationTerms

_PANEL = "With --verify"

VerifyOption = Annotated[
    bool,
    typer.Option(
        "--verify",
        help="Write a module only if the forms of its parties agree under generated traffic. The module is "
        "imported and run for that.",
        rich_help_panel=_PANEL,
    ),
]
RequireCoverageOption = Annotated[
    int | None,
    typer.Option(
        metavar="PERCENT",
        min=0,
        max=100,
        help="Leave a module as it is if the traffic reached fewer of the lines in its functions.",
        rich_help_panel=_PANEL,
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option(min=0, help="The same seed gives the same traffic. [default: 0]", rich_help_panel=_PANEL),
]
BudgetOption = Annotated[
    int | None,
    typer.Option(
        metavar="SCRIPTS",
        min=1,
        help=f"How many scripts to play for each party. [default: {DEFAULT_BUDGET}]",
        rich_help_panel=_PANEL,
    ),
]
SaveOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Write the scripts that tell forms apart into a folder, as traffic files.",
        rich_help_panel=_PANEL,
    ),
]
CompanionOptions = Annotated[list[str] | None, party_option(_PANEL)]
VariableOptions = Annotated[list[str] | None, env_option(_PANEL)]
IgnoredTextOptions = Annotated[list[str] | None, ignore_option(_PANEL)]


@dataclass(frozen=True, slots=True)
class VerifyingOptions:
    """The options that need `--verify`, as they were given."""

    require_coverage: int | None
    seed: int | None
    budget: int | None
    save: Path | None
    ignore: Sequence[str] | None
    party: Sequence[str] | None
    env: Sequence[str] | None

    def refuse(self) -> None:
        """Check that none was given.

        Raises:
            typer.BadParameter: one was.
        """
        for option in fields(self):
            if getattr(self, option.name) not in (None, []):
                name = option.name.replace("_", "-")
                raise typer.BadParameter("needs --verify", param_hint=f"--{name}")

    def terms(self) -> VerificationTerms:
        """The terms of the comparisons.

        Raises:
            typer.BadParameter: an option has an invalid value.
            ProjectConfigError: `partykit.json` cannot be used.
        """
        from pkcompat.command.companions import load_companions
        from pkcompat.command.output import show_warning
        from pkcompat.migrate import VerificationTerms
        from pkcompat.traffic import Rules

        rules = Rules(texts=patterns(self.ignore))
        companions, warnings = load_companions(pairs(self.party, "--party"), pairs(self.env, "--env"))
        for warning in warnings:
            show_warning(warning)
        return VerificationTerms(
            companions,
            rules,
            self.seed or 0,
            self.budget or DEFAULT_BUDGET,
            self.require_coverage or 0,
        )

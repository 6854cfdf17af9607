"""The options of `pkcompat migrate` that have the user's own tests judge."""

from __future__ import annotations

from typing import Annotated

import typer

_PANEL = "With the project's own tests"

TestOption = Annotated[
    str | None,
    typer.Option(
        "--test",
        metavar="COMMAND",
        help="Write only parties with which this command of the shell passes, such as 'pytest -q'. It runs "
        "in a copy of the project, before and after.",
        rich_help_panel=_PANEL,
    ),
]
TestTimeoutOption = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        min=0.1,
        help="A run that takes longer is ended, and has failed. [default: ten times what the first run took, "
        "and 60 at least]",
        rich_help_panel=_PANEL,
    ),
]


def refuse_testing(command: str | None, timeout: float | None, *, from_stdin: bool) -> None:
    """See to it that the options go together.

    Raises:
        typer.BadParameter: they do not.
    """
    if command is None:
        if timeout is not None:
            raise typer.BadParameter("goes with --test alone", param_hint="--test-timeout")
    elif not command.strip():
        raise typer.BadParameter("needs a command, such as 'pytest -q'", param_hint="--test")
    elif from_stdin:
        raise typer.BadParameter(
            "needs files that tests can import; name the file in place of -", param_hint="--test"
        )

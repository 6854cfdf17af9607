"""The options of `pkcompat migrate` that check the result with the user's own tests."""

from __future__ import annotations

from typing import Annotated

import typer

_PANEL = "With the project's own tests"

TestOption = Annotated[
    str | None,
    typer.Option(
        "--test",
        metavar="COMMAND",
        help="Write only parties with which this shell command passes, such as 'pytest -q'. It runs in a "
        "copy of the project, before and after the migration.",
        rich_help_panel=_PANEL,
    ),
]
TestTimeoutOption = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        min=0.1,
        help="A run that takes longer is stopped, and counts as failed. [default: ten times as long as the "
        "first run, at least 60]",
        rich_help_panel=_PANEL,
    ),
]


def check_test_options(command: str | None, timeout: float | None, *, from_stdin: bool) -> None:
    """Check that the options go together.

    Raises:
        typer.BadParameter: they do not.
    """
    if command is None:
        if timeout is not None:
            raise typer.BadParameter("needs --test", param_hint="--test-timeout")
    elif not command.strip():
        raise typer.BadParameter("needs a command, such as 'pytest -q'", param_hint="--test")
    elif from_stdin:
        raise typer.BadParameter(
            "needs files that the tests can import; name the file instead of -", param_hint="--test"
        )

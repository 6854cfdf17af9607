"""`pkcompat explain`: what a finding means."""

from collections.abc import Iterator
from typing import Annotated

import typer


def _codes(incomplete: str) -> Iterator[tuple[str, str]]:
    """The codes that a shell offers, each with its title."""
    from pkcodemods.finding_codes import FINDING_CODES

    return ((code, entry.title) for code, entry in FINDING_CODES.items() if code.startswith(incomplete))


def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="The code of a finding, such as `PK301`.", autocompletion=_codes),
    ] = None,
) -> None:
    """Explain a finding of `migrate` or `scan`: why it is there, an example, what to do by hand.

    Without a code all of them are listed.
    """
    from pkcodemods.finding_codes import FINDING_CODES
    from pkcodemods.finding_pages import finding_page
    from pkcompat.command.exit_status import WRONG_USE
    from pkcompat.command.explain_output import did_you_mean, show_codes, show_page
    from pkcompat.command.output import show_error, shown_path

    if code is None:
        show_codes(FINDING_CODES.values())
    elif (wanted := code.upper()) in FINDING_CODES:
        show_page(finding_page(wanted))
    else:
        show_error(
            f"there is no finding {shown_path(code)};{did_you_mean(wanted)} `pkcompat explain` lists them all"
        )
        raise typer.Exit(WRONG_USE)

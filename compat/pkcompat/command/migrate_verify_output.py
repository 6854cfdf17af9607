"""The output of `pkcompat migrate --verify` about its comparisons."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from pkcompat.command.output import shown_path
from pkcompat.migrate import FileMigration

if TYPE_CHECKING:
    from pkcompat.migrate import Verifications
    from pkcompat.verify import GeneratedVerification


def show_party_verifications(
    console: Console, migration: FileMigration, verifications: "Verifications"
) -> None:
    """Print a line for each compared party of a file, and where its script was saved."""
    for party in migration.parties:
        shown = verifications.parties.get((migration.path, party.name))
        if shown is None:
            continue
        if shown.agreed is not None:
            name = f"{party.name}: " if party.name else ""
            for text in (_summary(shown.agreed), *(f"not tried: {text}" for text in shown.agreed.not_tried)):
                console.print(Text(f"  {name}{text}", style="dim"), soft_wrap=True)
            if shown.agreed.warning is not None:
                console.print(
                    Text(f"  {name}warning: {shown.agreed.warning}", style="yellow"), soft_wrap=True
                )
        if shown.saved is not None:
            console.print(
                Text(f"  the script that tells the forms apart is in {shown_path(shown.saved)}"),
                soft_wrap=True,
            )


def _summary(verification: "GeneratedVerification") -> str:
    exploration, reach = verification.exploration, verification.old
    text = (
        f"agrees, {exploration.scripts:,} script{'' if exploration.scripts == 1 else 's'}, "
        f"{exploration.events:,} results and events compared; {reach.percent:.0f} % of the lines in "
        f"{reach.whose} ran"
    )
    if reach.told_missed:
        text += f"; not: {reach.told_missed}"
    if exploration.unsteady:
        text += (
            f"; {len(exploration.unsteady)} of the scripts told them apart once, but not when they ran again"
        )
    return text


def show_terms(console: Console, verifications: "Verifications") -> None:
    """Print the terms of the comparisons, if there were any."""
    if not verifications.parties:
        return
    from pkcompat.command.verify_output import show_rules
    from pkcompat.forms import HELD_STILL

    terms = verifications.terms
    console.print(
        Text(f"Compared under generated traffic, seed {terms.seed}; held still: {HELD_STILL}.", style="dim"),
        soft_wrap=True,
    )
    show_rules(console, terms.rules)

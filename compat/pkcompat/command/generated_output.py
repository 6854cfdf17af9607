"""The output of `pkcompat verify` for generated traffic."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from pkcompat.command.output import stdout_console
from pkcompat.command.verify_output import show_held_still, show_rules, show_targets, show_unsteady
from pkcompat.report import show_outputs, show_steps
from pkcompat.verify import GeneratedVerification, Reach, Verification, form_names


def show_generated(verification: GeneratedVerification, migrated: str | None, saved: Path | None) -> None:
    """Print what was tried, its coverage, and the script that separates the forms, if there is one.

    Args:
        verification: the result of the comparison.
        migrated: the codemod's outcome, if the class form is the codemod's output.
        saved: the file that the script is written to, if any.
    """
    console = stdout_console()
    plan = verification.plan
    names = form_names(*verification.forms)
    console.print(Text.assemble(("generated traffic", "bold"), (f"  seed {plan.seed}", "dim")))
    show_targets(console, (plan.old, plan.new), names, migrated)
    show_held_still(console)
    show_rules(console, plan.rules)
    for text in verification.not_tried:
        console.print(Text.assemble(("  not tried: ", "dim"), text), soft_wrap=True)
    console.print()
    if verification.verification is not None:
        _show_separation(console, verification, verification.verification, names, saved)
    _show_summary(console, verification, names)


def _show_separation(
    console: Console,
    generated: GeneratedVerification,
    verification: Verification,
    names: tuple[str, str],
    saved: Path | None,
) -> None:
    separation = generated.exploration.separation
    assert separation is not None
    console.print(
        f"the shortest script found that tells them apart (shrunk from {len(separation.first)} steps):",
        style="dim",
    )
    show_steps(console, verification, names)
    show_outputs(console, verification, names)
    console.print()
    if not separation.steady:
        show_unsteady(console, names[0])
    if saved is not None:
        console.print(Text(f"written to {saved}; play it with --traffic {saved}", style="dim"))
    else:
        console.print(Text("--save FILE writes it as a traffic file", style="dim"))


def _show_summary(console: Console, verification: GeneratedVerification, names: tuple[str, str]) -> None:
    exploration = verification.exploration
    mark, verdict = ("[bold green]✓", "agree") if verification.agrees else ("[bold red]✗", "differ")
    console.print(
        f"{mark} {exploration.scripts:,} scripts, {exploration.steps:,} steps, "
        f"{exploration.events:,} results and events compared: {names[0]} and {names[1]} {verdict}.[/]"
    )
    if exploration.unsteady:
        console.print(
            f"[yellow]  {len(exploration.unsteady)} of the scripts told them apart once, but not when they "
            "ran again: something differs from run to run.[/]"
        )
    for name, reach in zip(names, (verification.old, verification.new), strict=True):
        console.print(Text.assemble((f"  {name}: ", "cyan"), _coverage(reach)), soft_wrap=True)
    if verification.warning is not None:
        console.print(Text(f"  warning: {verification.warning}", style="yellow"), soft_wrap=True)


def _coverage(reach: Reach) -> str:
    if not reach.count:
        return "its module has no functions"
    text = f"{reach.ran} of {reach.count} lines in {reach.whose} ran ({reach.percent:.0f} %)"
    return f"{text}; not: {reach.told_missed}" if reach.told_missed else text

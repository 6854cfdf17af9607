"""The output of `pkcompat verify`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from partyserver.log_text import printable
from pkcompat.command.output import stderr_console, stdout_console
from pkcompat.forms import HELD_STILL
from pkcompat.report import show_outputs, show_steps
from pkcompat.traffic import Difference, Rules
from pkcompat.verify import Verification, form_names


@contextmanager
def steps_progress(total: int, noun: str = "steps") -> Iterator[Callable[[], None]]:
    """Show a progress bar over steps, on a terminal only; call the yielded function after each step."""
    console = stderr_console()
    columns = (TextColumn("playing"), BarColumn(), MofNCompleteColumn(), TextColumn(noun))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("steps", total=total)
        yield lambda: progress.advance(task)


def show_verification(
    verification: Verification, rules: Rules, migrated: str | None, *, held_still: bool
) -> None:
    """Print what both forms did, step by step, and what differs.

    Args:
        verification: the result of the comparison.
        rules: what was left out of it.
        migrated: the codemod's outcome, if the class form is the codemod's output.
        held_still: whether clocks and randomness were held still.
    """
    console = stdout_console()
    names = form_names(verification.old.form, verification.new.form)
    _show_heading(console, verification, names, migrated)
    if held_still:
        show_held_still(console)
    show_rules(console, rules)
    console.print()
    show_steps(console, verification, names)
    _show_summary(console, verification, names)


def _show_heading(
    console: Console, verification: Verification, names: tuple[str, str], migrated: str | None
) -> None:
    traffic = verification.traffic
    title = Text(printable(traffic.name or traffic.party), style="bold")
    if traffic.about:
        title.append(f"  {printable(traffic.about)}", style="dim")
    console.print(title)
    show_targets(console, (verification.old.target, verification.new.target), names, migrated)


def show_targets(
    console: Console, targets: tuple[str, str], names: tuple[str, str], migrated: str | None
) -> None:
    """Print which forms are compared."""
    width = max(map(len, names))
    console.print(Text.assemble((f"  {names[0]:<{width}}  ", "cyan"), targets[0]))
    made = f" as the codemod makes it ({migrated})" if migrated is not None else ""
    console.print(Text.assemble((f"  {names[1]:<{width}}  ", "cyan"), targets[1], made))


def show_held_still(console: Console) -> None:
    """Print the sources of accidental differences that were held still."""
    console.print(Text.assemble(("  held still: ", "dim"), HELD_STILL), soft_wrap=True)


def show_unsteady(console: Console, name: str) -> None:
    """Print that a form behaves differently each time it runs."""
    console.print(
        f"[yellow]The {name} does not agree with itself when it runs this again: "
        "name what differs from run to run with --ignore.[/]"
    )


def show_rules(console: Console, rules: Rules) -> None:
    """Print what is left out of the comparison."""
    for pattern in rules.texts:
        console.print(
            Text.assemble(("  not compared: what matches ", "dim"), pattern.pattern), soft_wrap=True
        )


def _show_summary(console: Console, verification: Verification, names: tuple[str, str]) -> None:
    console.print()
    steps = _number(len(verification.traffic.steps), "step")
    recorded = verification.traffic.transcript is not None
    if verification.agrees:
        beside = ", and with the recording" if recorded else ""
        console.print(f"[bold green]✓ {steps}: {names[0]} and {names[1]} agree{beside}.[/]")
        return
    parts = [f"{names[0]} and {names[1]} " + _verdict(verification.between)]
    if recorded:
        parts += [
            f"{name} and the recording " + _verdict(side.unlike_recording)
            for name, side in zip(names, (verification.old, verification.new), strict=True)
        ]
    console.print(f"[bold red]✗ {steps}:[/] {'; '.join(parts)}.")
    if not verification.steady:
        show_unsteady(console, names[0])
    show_outputs(console, verification, names)


def show_report(file: Path) -> None:
    """Print where the report was written."""
    stdout_console().print(Text(f"report written to {file}", style="dim"), soft_wrap=True)


def _verdict(differences: tuple[Difference, ...]) -> str:
    if not differences:
        return "agree"
    steps = sorted({difference.step + 1 for difference in differences})
    return f"differ at step{'s' if len(steps) > 1 else ''} {', '.join(map(str, steps))}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

"""A comparison as text: its steps, the differences, and the output of the parties."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from partyserver.log_text import printable
from pkcompat.traffic import Difference, StepRecord, tell_events, tell_result, tell_step
from pkcompat.verify import FormResult, Verification

_OUTPUT_LINES = 30


def show_steps(console: Console, verification: Verification, names: tuple[str, str]) -> None:
    """Print every step with its results, events and differences."""
    width = len(str(len(verification.traffic.steps)))
    for index in range(len(verification.traffic.steps)):
        _show_step(console, verification, index, names, width)


def show_outputs(console: Console, verification: Verification, names: tuple[str, str]) -> None:
    """Print what the parties printed and logged."""
    for name, result in zip(names, (verification.old, verification.new), strict=True):
        _show_output(console, name, result)


def _show_step(
    console: Console, verification: Verification, index: int, names: tuple[str, str], width: int
) -> None:
    record = verification.old.transcript[index]
    differing = _differing(verification, index)
    mark = ("✗ ", "bold red") if differing else ("✓ ", "green")
    line = Text.assemble(
        (f"{index + 1:>{width}} ", "dim"), mark, printable(tell_step(verification.traffic.steps[index]))
    )
    if (result := tell_result(record.result)) and None not in differing:
        line.append(" → ", style="dim").append(printable(result))
    console.print(line, soft_wrap=True)
    indent = " " * (width + 3)
    for client, events in record.events.items():
        if client not in differing:
            received = (f"{printable(client)} ← ", "dim"), printable(tell_events(events))
            console.print(Text.assemble(indent, *received), soft_wrap=True)
    for who in differing:
        _show_difference(console, verification, index, who, names, indent)


def _differing(verification: Verification, index: int) -> dict[str | None, None]:
    differences: list[Difference] = [
        *verification.between,
        *verification.old.unlike_recording,
        *verification.new.unlike_recording,
    ]
    return dict.fromkeys(difference.client for difference in differences if difference.step == index)


def _show_difference(
    console: Console,
    verification: Verification,
    index: int,
    client: str | None,
    names: tuple[str, str],
    indent: str,
) -> None:
    who = "answer" if client is None else f"{printable(client)} ←"
    rows = []
    recording = verification.traffic.transcript
    if recording is not None:
        rows.append(("recording", recording[index], "blue"))
    rows.append((names[0], verification.old.transcript[index], "red"))
    rows.append((names[1], verification.new.transcript[index], "green"))
    width = max(len(name) for name, _, _ in rows)
    for number, (name, record, style) in enumerate(rows):
        label = who if number == 0 else " " * len(who)
        console.print(
            Text.assemble(indent, label, (f" {name:<{width}}  ", style), _seen(record, client)),
            soft_wrap=True,
        )


def _seen(record: StepRecord, client: str | None) -> str:
    told = tell_result(record.result) if client is None else tell_events(record.events.get(client, ()))
    return printable(told)


def _show_output(console: Console, name: str, result: FormResult) -> None:
    lines = [f"  {printable(line.expandtabs())}" for line in result.output.splitlines()]
    if lines:
        left_out = f", last {_OUTPUT_LINES} lines" if len(lines) > _OUTPUT_LINES else ""
        console.print(f"\n[dim]what {name} printed and logged{left_out}:[/]")
        console.print(Text("\n".join(lines[-_OUTPUT_LINES:]), style="dim"), soft_wrap=True)

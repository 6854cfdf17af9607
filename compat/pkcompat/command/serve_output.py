"""What `pkcompat serve` prints."""

import logging
from collections.abc import Mapping

from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table

from pkcompat.command.output import stderr_console, stdout_console
from pkcompat.hosting import HostPlan
from pkcompat.serving import Address
from pkcompat.targets import LoadedParty


def configure_logging() -> None:
    """Log a line a request to standard output, and warnings and errors to standard error."""
    requests = logging.getLogger("pkcompat.requests")
    requests.setLevel(logging.INFO)
    requests.propagate = False
    requests.addHandler(_handler(stdout_console()))
    errors = _handler(stderr_console())
    errors.setLevel(logging.WARNING)
    logging.getLogger().addHandler(errors)


def _handler(console: Console) -> RichHandler:
    return RichHandler(
        console=console,
        show_level=False,
        show_path=False,
        omit_repeated_times=False,
        log_time_format="%H:%M:%S",
    )


def show_start(address: Address, parties: Mapping[str, LoadedParty], plan: HostPlan) -> None:
    """Print where the host listens, and its parties with their forms."""
    console = stdout_console()
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    for heading in ("party", "form", "from", "rooms at"):
        table.add_column(heading, no_wrap=True, overflow="fold")
    for name, party in parties.items():
        path = "/party/" if name == "main" else f"/parties/{name}/"
        table.add_row(f"[bold]{name}[/]", party.form, party.target.text, f"{address.url}{path}<room>")
    console.print(f"[bold green]pkcompat[/] serves at [bold]{address.url}[/]")
    console.print(table)
    for name, expression in plan.crons.items():
        console.print(f"cron [bold]{name}[/] {expression}: {address.url}/__scheduled__?cron={name}")
    if plan.debug:
        console.print("[yellow]--debug: clients are told the messages of unexpected exceptions[/]")
    console.print("[dim]Ctrl-C stops it.[/]")

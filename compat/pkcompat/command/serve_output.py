"""What `pkcompat serve` prints."""

import logging
import time
from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from pkcompat.command.output import stderr_console, stdout_console
from pkcompat.hosting import HostPlan
from pkcompat.serving import Address
from pkcompat.targets import LoadedParty


class ConsoleHandler(logging.Handler):
    """Logs to a console: the time of day, the message, and the traceback if there is one."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        style = "red" if record.levelno >= logging.ERROR else ""
        self._console.print(Text.assemble((f"{clock} ", "dim"), (self.format(record), style)), soft_wrap=True)


def configure_logging() -> None:
    """Log a line a request to standard output, and warnings and errors to standard error."""
    requests = logging.getLogger("pkcompat.requests")
    requests.setLevel(logging.INFO)
    requests.propagate = False
    requests.addHandler(ConsoleHandler(stdout_console()))
    errors = ConsoleHandler(stderr_console())
    errors.setLevel(logging.WARNING)
    logging.getLogger().addHandler(errors)


def show_start(address: Address, parties: Mapping[str, LoadedParty], plan: HostPlan) -> None:
    """Print where the host listens, and its parties with their forms."""
    console = stdout_console()
    console.print(
        Text.assemble(("pkcompat", "bold green"), " serves at ", (address.url, "bold")), soft_wrap=True
    )
    rows = [("party", "form", "from", "rooms at")]
    for name, party in parties.items():
        path = "/party/" if name == "main" else f"/parties/{name}/"
        rows.append((name, party.form, party.target.text, f"{address.url}{path}<room>"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print(Text(cells.rstrip(), "" if number else "dim"), soft_wrap=True)
    for name, expression in plan.crons.items():
        console.print(
            Text(f"cron {name} {expression}: {address.url}/__scheduled__?cron={name}"), soft_wrap=True
        )
    if plan.debug:
        note = "--debug: clients are told the messages of unexpected exceptions"
        console.print(Text(note, "yellow"), soft_wrap=True)
    console.print(Text("Ctrl-C stops it.", "dim"))

"""The output of `pkcompat serve`."""

import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from partyserver.log_text import indented
from partyserver.postgres import PostgresCluster
from pkcompat.command.output import amount, stderr_console, stdout_console
from pkcompat.project import LoadedParty
from pkcompat.recording import LONGEST, RecordingReport
from pkcompat.serving import Address, LogFormat, ServePlan
from pkcompat.shadow import ShadowReport

_MOST_PATHS = 3
_TALKATIVE = ("asyncio", "httpcore", "httpx", "uvicorn", "watchfiles", "websockets")


class ConsoleHandler(logging.Handler):
    """Logs the time of day, the message, and the traceback if there is one, to a console.

    Further lines are indented, and control characters escaped: no text can forge a line.
    """

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        own = logging.makeLogRecord(
            record.__dict__ | {"exc_text": None}
        )  # another handler's is indented, too
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        style = "red" if record.levelno >= logging.ERROR else ""
        self._console.print(
            Text.assemble((f"{clock} ", "dim"), (indented(self.format(own).rstrip()), style)), soft_wrap=True
        )


def configure_logging(
    *, requests: bool = True, level: int = logging.WARNING, log_format: LogFormat = LogFormat.TEXT
) -> None:
    """Log to standard error, including Python warnings such as those about deprecated names in parties.

    Args:
        requests: whether to log one line per request and socket; as text to standard output.
        level: the lowest level to log; for verbose libraries it is at least WARNING.
        log_format: how the log is written.
    """
    if log_format is LogFormat.JSON:
        from pkcompat.command.json_log import json_handler

        to_out = to_err = json_handler(sys.stderr)
    else:
        to_out, to_err = ConsoleHandler(stdout_console()), ConsoleHandler(stderr_console())
    lines = logging.getLogger("pkcompat.requests")
    lines.setLevel(logging.INFO)
    lines.propagate = False
    lines.disabled = not requests
    lines.addHandler(to_out)
    logging.getLogger().addHandler(to_err)
    logging.getLogger().setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)
    if not sys.warnoptions:  # by default Python shows DeprecationWarning in __main__ only
        warnings.filterwarnings("default", ".* is deprecated; use ", DeprecationWarning)


def show_start(
    address: Address,
    parties: Mapping[str, LoadedParty],
    plan: ServePlan,
    record: Path | None = None,
    shadows: Sequence[str] = (),
    cluster: PostgresCluster | None = None,
    admin: Address | None = None,
) -> None:
    """Print the host's addresses, its parties with their forms, their surroundings, and what is recorded."""
    console = stdout_console()
    urls = Text(" and ").join(Text(url, "bold") for url in address.urls)
    console.print(Text.assemble(("pkcompat", "bold green"), " serves at ", urls), soft_wrap=True)
    for number, row in enumerate(_table(address.url, parties)):
        console.print(Text(row, "" if number else "dim"), soft_wrap=True)
    for line in _surroundings(address.url, plan, cluster):
        console.print(Text(line), soft_wrap=True)
    if admin is not None:
        for url in admin.urls:
            console.print(Text(f"admin page at {url}/"), soft_wrap=True)
    for line in shadows:
        console.print(Text(line, "yellow"), soft_wrap=True)
    if record is not None:
        note = f"recording traffic in {_relative(record)}; messages and bodies are not masked"
        console.print(Text(note, "yellow"), soft_wrap=True)
    if plan.hosting.debug:
        note = "--debug: clients are sent the messages of unexpected exceptions"
        console.print(Text(note, "yellow"), soft_wrap=True)
    console.print(Text("Ctrl-C stops it.", "dim"))


def _table(url: str, parties: Mapping[str, LoadedParty]) -> Iterator[str]:
    rows = [("party", "form", "from", "rooms at")]
    for name, party in parties.items():
        path = "/party/" if name == "main" else f"/parties/{name}/"
        rows.append((name, party.form, party.target.text, f"{url}{path}<room>"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _surroundings(url: str, plan: ServePlan, cluster: PostgresCluster | None) -> Iterator[str]:
    for name, expression in plan.hosting.crons.items():
        if plan.hosting.cron_requests == "nobody":
            yield f"cron {name} {expression} (UTC)"
            continue
        yield f"cron {name} {expression} (UTC): {url}/__scheduled__?cron={name}"
    if plan.hosting.static is not None:
        yield f"static files from {plan.hosting.static.path}"
    if plan.env_paths:
        yield f"variables from {', '.join(_relative(path) for path in plan.env_paths)}"
    if cluster is not None:
        yield f"node {cluster.advertise} of the cluster {cluster.namespace} in {cluster.shown_dsn}"
        return
    yield f"storage in {shown_storage(plan)}"


def shown_storage(plan: ServePlan) -> str:
    """Where a host that is no node keeps its rooms."""
    return "memory" if plan.storage is None else _relative(plan.storage)


def show_recording(report: RecordingReport) -> None:
    """Print the summary of a recording, and how to replay it."""
    notes = []
    if report.full:
        notes.append("it reached its maximum size, and ends before the traffic did")
    if report.left_out:
        notes.append(f"requests left out because their bodies are too long or cut off: {report.left_out}")
    if report.cut_waits:
        notes.append(f"waits cut to {LONGEST:g} s: {report.cut_waits}")
    path = _relative(report.path)
    print_line = stderr_console().print
    print_line(Text(f"recorded {report.steps} steps in {path}"), soft_wrap=True)
    for note in notes:
        print_line(Text(f"  {note}", "yellow"), soft_wrap=True)
    if report.steps:
        print_line(Text(f"  replay them: pkcompat verify LEGACY --traffic {path}", "dim"), soft_wrap=True)


def show_shadow(report: ShadowReport) -> None:
    """Print the summary of a shadow."""
    print_line = stderr_console().print
    if report.state == "cannot run":
        print_line(Text(f"the shadow could not run: {report.problem}", "red"), soft_wrap=True)
        return
    verdict = amount(report.differences, "difference")
    followed = (
        f"the shadow followed {amount(report.rooms, 'room')}, compared {amount(report.compared, 'thing')}"
    )
    print_line(Text(f"{followed}: {verdict}", "red" if report.differences else ""), soft_wrap=True)
    if report.kept:
        print_line(Text(f"  saved as traffic files: {report.kept}"), soft_wrap=True)
    for why, number in report.left.items():
        print_line(Text(f"  rooms no longer followed because {why}: {number}", "yellow"), soft_wrap=True)
    if report.restarts:
        print_line(Text(f"  its process was restarted: {report.restarts}", "yellow"), soft_wrap=True)


def show_change(paths: Sequence[str]) -> None:
    """Print which files changed."""
    shown = ", ".join(_relative(Path(path)) for path in paths[:_MOST_PATHS])
    more = f" and {len(paths) - _MOST_PATHS} more" if len(paths) > _MOST_PATHS else ""
    stdout_console().print(Text(f"{shown}{more} changed; restarting", "yellow"), soft_wrap=True)


def show_end(exit_code: int) -> None:
    """Print that the server process of `--reload` has ended by itself."""
    stderr_console().print(Text(ending(exit_code), "yellow"), soft_wrap=True)


def ending(exit_code: int) -> str:
    """Describe how a server process ended."""
    how = f"signal {-exit_code}" if exit_code < 0 else f"exit status {exit_code}"
    return f"the server ended ({how})"


def show_unavailable() -> None:
    """Print that all requests are answered 503 until a file changes."""
    console = stderr_console()
    console.print(Text("requests are answered 503; waiting for a change", "yellow"), soft_wrap=True)


def _relative(path: Path) -> str:
    return os.path.relpath(path)

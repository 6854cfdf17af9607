"""The options of `pkcompat serve` that set the host's limits: one for each field of `partyserver.Limits`."""

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import typer

from pkcompat.command.options import LONGEST

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]*)", re.ASCII)

Unit = Literal["SIZE", "SECONDS", "NUMBER"]


def size(text: str) -> int:
    """Parse a number of bytes: `65536`, `64KiB`, `1.5MB`.

    Raises:
        typer.BadParameter: it is no such number.
    """
    match = _SIZE.fullmatch(text.strip().lower())
    if match is None or match["unit"] not in _UNITS:
        raise typer.BadParameter(f"{text!r} is no size; write 65536, 64KiB or 1.5MB")
    return round(float(match["number"]) * _UNITS[match["unit"]])


@dataclass(frozen=True, slots=True)
class LimitOption:
    """An option that sets a limit.

    Attributes:
        unit: what its value counts.
        default: the value without the option, as one would write it; the same as in `Limits`, which is too
            slow to import for `--help`.
        help: what it limits, and what happens past it.
    """

    unit: Unit
    default: str
    help: str

    @property
    def value(self) -> float:
        """The default as a number."""
        return size(self.default) if self.unit == "SIZE" else float(self.default)


LIMIT_OPTIONS: Mapping[str, LimitOption] = {
    "max_queue": LimitOption(
        "SIZE", "1MiB", "How much may wait to be sent to a connection; past it, it is closed with 1013."
    ),
    "max_unfinished": LimitOption(
        "SIZE",
        "32MiB",
        "How much is kept of messages whose end has not come, of all clients; past it, the oldest get 1008.",
    ),
    "max_body": LimitOption("SIZE", "100MiB", "How long the body of a request may be; past it, it gets 413."),
    "header_timeout": LimitOption(
        "SECONDS", "10", "How long a client may take to send the head of a request; past it, it is cut off."
    ),
    "max_handlers": LimitOption(
        "NUMBER", "1000", "How many handlers may run for a connection; past it, it is not read for a while."
    ),
    "max_room_handlers": LimitOption(
        "NUMBER", "10000", "How many may run for a room; past it, its connections are not read for a while."
    ),
    "slow_handler": LimitOption(
        "SECONDS", "1", "How long a handler may block the process; past it, the log names it, with its line."
    ),
    "stuck_handler": LimitOption(
        "SECONDS", "30", "How long a handler may take to end; past it, the log names it, with its line."
    ),
    "max_header_bytes": LimitOption(
        "SIZE", "64KiB", "How long the head of a request may be; past it, it gets 431."
    ),
    "max_connections": LimitOption(
        "NUMBER",
        "0",
        "How many connections there may be at a time; past it, they get 503. With 0, as many as the process "
        "has file handles for.",
    ),
    "max_room_id": LimitOption(
        "NUMBER", "2048", "How long a room's id may be, percent-encoded; past it, requests get 414."
    ),
    "max_room_connections": LimitOption(
        "NUMBER", "32768", "How many connections a room may have; past it, handshakes get 503."
    ),
    "max_idle_rooms": LimitOption(
        "NUMBER",
        "10000",
        "How many rooms without connections stay in memory; past it, those idle the longest are dropped.",
    ),
}


def with_limits(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `LIMIT_OPTIONS`; it gets their values as the mapping `limits`."""

    @functools.wraps(command)
    def wrapper(**arguments: Any) -> None:
        limits = {name: arguments.pop(name) for name in LIMIT_OPTIONS}
        command(**arguments, limits=limits)

    signature = inspect.signature(command, eval_str=True)
    kept = [parameter for name, parameter in signature.parameters.items() if name != "limits"]
    options = [_parameter(name, option) for name, option in LIMIT_OPTIONS.items()]
    wrapper.__signature__ = signature.replace(parameters=[*kept, *options])  # type: ignore[attr-defined]
    return wrapper


def _parameter(name: str, option: LimitOption) -> inspect.Parameter:
    shown = {"metavar": option.unit, "help": option.help, "rich_help_panel": "Limits (0: none)"}
    default: Any
    annotation: Any
    if option.unit == "SIZE":
        default, annotation = option.default, Annotated[str, typer.Option(parser=size, **shown)]  # type: ignore[arg-type]
    elif option.unit == "SECONDS":
        seconds = typer.Option(min=0.0, max=LONGEST, **shown)  # type: ignore[arg-type]
        default, annotation = float(option.default), Annotated[float, seconds]
    else:
        default, annotation = int(option.default), Annotated[int, typer.Option(min=0, **shown)]  # type: ignore[arg-type]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

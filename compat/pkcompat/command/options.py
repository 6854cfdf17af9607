"""Options that several commands share."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

LONGEST = 1e9
"""Seconds, some 30 years: what timers of threads and of every event loop take."""

DEFAULT_BUDGET = 250
"""The same as in `pkcompat.verify.search`, which is too slow to import for a default in `--help`."""


def party_option(panel: str | None = None) -> Any:
    """`--party`; `panel` is the section of the help that lists it."""
    return typer.Option(
        "--party",
        metavar="NAME=TARGET",
        help="Another party; can be repeated.",
        rich_help_panel=panel,
    )


def env_option(panel: str | None = None) -> Any:
    """`--env`; see `party_option`."""
    return typer.Option(
        "--env",
        "--var",
        metavar="NAME=VALUE",
        help="A variable in `room.env`; can be repeated.",
        rich_help_panel=panel,
    )


def ignore_option(panel: str | None = None) -> Any:
    """`--ignore`; see `party_option`."""
    return typer.Option(
        "--ignore",
        metavar="REGEX",
        help="Do not compare what this matches in texts; can be repeated.",
        rich_help_panel=panel,
    )


OriginOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-origin",
        metavar="ORIGIN",
        help="An origin whose pages may come in, such as https://example.com or https://*.example.com; "
        "others get 403. Can be repeated. [default: *, every one]",
        show_default=False,
    ),
]
PartyOptions = Annotated[list[str] | None, party_option()]
EnvOptions = Annotated[list[str] | None, env_option()]
IgnoreOptions = Annotated[list[str] | None, ignore_option()]

QuietTimeOption = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        min=0.01,
        max=LONGEST,
        help="A step is over when nothing has arrived for this long.",
    ),
]


def _path(text: str) -> Path:
    """Parse a path argument; an empty one is probably an unset shell variable, not the current folder."""
    if not text:
        raise typer.BadParameter("a path must not be empty; the current folder is .")
    return Path(text)


PathArguments = Annotated[
    list[Path], typer.Argument(metavar="PATH", parser=_path, help="Python files, and folders of them.")
]
ExcludeOptions = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        help="Leave out files that match a pattern, as in `.gitignore`; can be repeated.",
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, help="The maximum number of processes. [default: one per processor]"),
]
CacheOption = Annotated[
    bool,
    typer.Option(
        "--cache/--no-cache",
        help="Remember which files hold no party, and what becomes of those that do.",
    ),
]


def patterns(values: Iterable[str] | None) -> tuple[re.Pattern[str], ...]:
    """Compile the values of `--ignore`.

    Raises:
        typer.BadParameter: a value is not a regular expression.
    """
    return tuple(_pattern(value) for value in values or ())


def check_origins(values: Iterable[str] | None) -> None:
    """Check the values of `--allow-origin`.

    Raises:
        typer.BadParameter: a value is no origin; the message says what to write.
    """
    from partyserver import OriginError  # too slow to import for `--help`
    from partyserver.edge import allowed_origins

    try:
        allowed_origins(values or ())
    except OriginError as error:
        raise typer.BadParameter(str(error), param_hint="--allow-origin") from None


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        shown = text if len(text) <= 60 else f"{text[:59]}…"
        raise typer.BadParameter(
            f"{shown!r} is not a regular expression: {error}", param_hint="--ignore"
        ) from None


def names_with_targets(values: Iterable[str] | None, option: str) -> Mapping[str, str | None]:
    """Parse the values of an option of the form NAME or NAME=TARGET.

    Raises:
        typer.BadParameter: a value has no name, or no target after its `=`, or a name is given twice.
    """
    found: dict[str, str | None] = {}
    for value in values or ():
        name, equals, target = value.partition("=")
        if not name or (equals and not target):
            raise typer.BadParameter(f"{value!r} is neither NAME nor NAME=TARGET", param_hint=option)
        if name in found:
            raise typer.BadParameter(f"{name!r} is given twice", param_hint=option)
        found[name] = target or None
    return found


def pairs(values: Iterable[str] | None, option: str) -> Mapping[str, str]:
    """Parse the values of an option of the form NAME=VALUE.

    Raises:
        typer.BadParameter: a value has no `=` or no name, or a name is given twice.
    """
    found: dict[str, str] = {}
    for value in values or ():
        name, equals, rest = value.partition("=")
        if not equals or not name or (not rest and option == "--party"):
            wanted = "NAME=TARGET" if option == "--party" else "NAME=VALUE"
            raise typer.BadParameter(f"{value!r} is not {wanted}", param_hint=option)
        if name in found:
            raise typer.BadParameter(f"{name!r} is given twice", param_hint=option)
        found[name] = rest
    return found

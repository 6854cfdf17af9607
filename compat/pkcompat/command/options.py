"""Options that several commands share."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

DEFAULT_BUDGET = 250
"""That of `pkcompat.verify.search`, which takes long to import."""


def party_option(panel: str | None = None) -> Any:
    """`--party`; `panel` is the part of the help that it stands in."""
    return typer.Option(
        "--party",
        metavar="NAME=TARGET",
        help="Another party; may be given any number of times.",
        rich_help_panel=panel,
    )


def env_option(panel: str | None = None) -> Any:
    """`--env`; see `party_option`."""
    return typer.Option(
        "--env",
        "--var",
        metavar="NAME=VALUE",
        help="A variable in `room.env`; may be given any number of times.",
        rich_help_panel=panel,
    )


def ignore_option(panel: str | None = None) -> Any:
    """`--ignore`; see `party_option`."""
    return typer.Option(
        "--ignore",
        metavar="REGEX",
        help="Leave what this matches in texts out of the comparison; may be given any number of times.",
        rich_help_panel=panel,
    )


PartyOptions = Annotated[list[str] | None, party_option()]
EnvOptions = Annotated[list[str] | None, env_option()]
IgnoreOptions = Annotated[list[str] | None, ignore_option()]

QuietTimeOption = Annotated[
    float,
    typer.Option(metavar="SECONDS", min=0.01, help="A step is over when nothing came for this long."),
]


def _path(text: str) -> Path:
    """A path argument; an empty one, as a shell makes of an unset variable, is not the current folder."""
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
        help="Leave files alone that match a pattern, as in `.gitignore`; may be given any number of times.",
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, help="How many processes may work at a time. [default: one a processor]"
    ),
]
CacheOption = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Remember which files hold no party, for the next run.")
]


def patterns(values: Iterable[str] | None) -> tuple[re.Pattern[str], ...]:
    """The values of `--ignore`.

    Raises:
        typer.BadParameter: one of them is no regular expression.
    """
    return tuple(_pattern(value) for value in values or ())


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise typer.BadParameter(
            f"{text!r} is no regular expression: {error}", param_hint="--ignore"
        ) from None


def names_with_targets(values: Iterable[str] | None, option: str) -> Mapping[str, str | None]:
    """The values of an option that is given as NAME or NAME=TARGET.

    Raises:
        typer.BadParameter: a value has no name, or no target behind its `=`, or a name is given twice.
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
    """The values of an option that is given as NAME=VALUE.

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

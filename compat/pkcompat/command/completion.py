"""`--show-completion` and `--install-completion`.

Typer's own options guess the shell from the process that runs the command, which in a script, a container or
another shell's configuration is not the one that is meant. Here it is named.
"""

import os
from enum import StrEnum
from typing import Annotated

import typer

_PROGRAM = "pkcompat"
_VARIABLE = "_PKCOMPAT_COMPLETE"  # what the scripts call the program with


class Shell(StrEnum):
    """The shells that commands are completed in."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def answer_shell() -> None:
    """Have a shell's question answered, if the program was called with one."""
    if _VARIABLE in os.environ:
        from typer._completion_classes import completion_init

        completion_init()


def _show(shell: Shell | None) -> None:
    if shell is not None:
        from typer._completion_shared import get_completion_script

        typer.echo(get_completion_script(prog_name=_PROGRAM, complete_var=_VARIABLE, shell=shell))
        raise typer.Exit


def _install(shell: Shell | None) -> None:
    if shell is not None:
        from typer._completion_shared import install

        from pkcompat.command.exit_status import WRONG_USE
        from pkcompat.command.output import show_error

        try:
            _, path = install(shell=shell, prog_name=_PROGRAM, complete_var=_VARIABLE)
        except OSError as error:
            show_error(f"{error.filename or 'the home folder'} cannot be written: {error.strerror or error}")
            raise typer.Exit(WRONG_USE) from None
        typer.echo(f"completion for {shell} is in {path}; it works in shells that are started from now on")
        raise typer.Exit


ShowCompletionOption = Annotated[
    Shell | None,
    typer.Option(
        "--show-completion",
        callback=_show,
        is_eager=True,
        help="Print the script that completes commands and options in a shell.",
        show_default=False,
    ),
]
InstallCompletionOption = Annotated[
    Shell | None,
    typer.Option(
        "--install-completion",
        callback=_install,
        is_eager=True,
        help="Write that script into the home folder, and its name into the shell's configuration.",
        show_default=False,
    ),
]

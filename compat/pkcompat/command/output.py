"""Consoles, and errors for people."""

from rich.console import Console
from rich.text import Text

_UNBROKEN = 1_000  # columns: who reads a file or a pipe breaks lines as they like


def stdout_console() -> Console:
    """A console for what was asked for; lines are not broken where the output is no terminal."""
    return _console(stderr=False)


def stderr_console() -> Console:
    """A console for errors and notes."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, emoji=False)
    if not console.is_terminal:
        console.soft_wrap = True
        console.width = _UNBROKEN
    return console


def show_error(message: str, detail: str = "") -> None:
    """Print what went wrong to standard error, with the user's own traceback if there is one."""
    console = stderr_console()
    if detail:
        console.print(Text(detail), soft_wrap=True)
    console.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)


def show_warning(message: str) -> None:
    """Print to standard error what is probably not meant, and does not stop the command."""
    stderr_console().print(Text.assemble(("warning: ", "bold yellow"), message), soft_wrap=True)

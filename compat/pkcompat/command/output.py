"""The consoles, and how errors and warnings are printed."""

from rich.console import Console
from rich.text import Text

_UNBROKEN = 1_000  # columns: in files and pipes no line is wrapped


def stdout_console() -> Console:
    """A console for results; lines are wrapped on a terminal only."""
    return _console(stderr=False)


def stderr_console() -> Console:
    """A console for errors and notes; lines are wrapped on a terminal only."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, emoji=False)
    if not console.is_terminal:
        console.soft_wrap = True
        console.width = _UNBROKEN
    return console


def show_error(message: str, detail: str = "") -> None:
    """Print an error to standard error, after the traceback of the user's code if there is one."""
    console = stderr_console()
    if detail:
        console.print(Text(detail), soft_wrap=True)
    console.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)


def show_warning(message: str) -> None:
    """Print a warning to standard error: probably a mistake, but the command goes on."""
    stderr_console().print(Text.assemble(("warning: ", "bold yellow"), message), soft_wrap=True)

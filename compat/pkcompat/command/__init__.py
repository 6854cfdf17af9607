"""The `pkcompat` command line: options, printing, exit status.

Commands import everything but Typer when they run, so that `pkcompat --help` answers at once.
"""

from pkcompat.command.app import main

__all__ = ["main"]

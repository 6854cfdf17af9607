"""The `pkcompat` command.

What a command needs beyond Typer is imported when it runs: `pkcompat --help` must answer at once.
"""

from pkcompat.command.app import main

__all__ = ["main"]

"""The standard streams of a command."""

import io
import sys


def show_any_character() -> None:
    """Let no output fail because the terminal lacks a character."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

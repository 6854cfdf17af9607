"""`--help`: with boxes and colours where there is room for them, else as plain text; examples at the end."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

from typer.core import TyperCommand, TyperGroup

from pkcompat.command.examples import EXAMPLES

_NARROWEST = 80
"""Columns that Typer's boxes need; with fewer they cut the names of options."""


def is_plain() -> bool:
    """Whether help is to be plain: the terminal is narrow, or can draw no boxes."""
    if shutil.get_terminal_size().columns < _NARROWEST:
        return True
    return os.environ.get("TERM") in ("dumb", "unknown") and sys.stdout.isatty()


class _Help:
    """What help of commands and of groups has in common."""

    rich_markup_mode: Any

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help with Rich, or write it to the formatter."""
        if is_plain():
            self._format_plainly(ctx, formatter)
            return
        from typer import rich_utils

        before = rich_utils.COLOR_SYSTEM
        try:
            if os.environ.get("NO_COLOR"):
                rich_utils.COLOR_SYSTEM = None
            super().format_help(ctx, formatter)  # type: ignore[misc]
        finally:
            rich_utils.COLOR_SYSTEM = before

    def _format_plainly(self, ctx: Any, formatter: Any) -> None:
        before, self.rich_markup_mode = self.rich_markup_mode, None
        try:
            super().format_help(ctx, formatter)  # type: ignore[misc]
        finally:
            self.rich_markup_mode = before
        formatter.buffer = [text.replace("`", "") for text in formatter.buffer]

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples; a line that is typed stays one line, however long it is."""
        command = " ".join(ctx.command_path.split()[1:])
        if command not in EXAMPLES:
            return
        with formatter.section("Examples"):
            for example in EXAMPLES[command]:
                formatter.write_text(f"{example.does}:")
                formatter.write(f"{'':>{formatter.current_indent}}  {example.line}\n")


class HelpfulCommand(_Help, TyperCommand):
    """A command."""


class HelpfulGroup(_Help, TyperGroup):
    """A group of commands."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write what each command does, as a whole."""
        rows = [(name, command.get_short_help_str(limit=1_000)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

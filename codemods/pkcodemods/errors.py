"""What the codemod raises to its caller. Findings about the code it reads are results, not exceptions."""

from __future__ import annotations

TOO_DEEP = "the code is nested too deeply to be parsed"
"""The reason of a `SourceError` where the parser, or this process, cannot cope with the nesting."""


class CodemodError(Exception):
    """The root of this package's exceptions."""


class SettingsError(CodemodError, ValueError):
    """A setting has an invalid value."""


class SourceError(CodemodError):
    """A source cannot be read as Python.

    Attributes:
        reason: what is wrong, in one sentence.
        line: the line of it, from 1.
        column: the column of it, from 1.
    """

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column


class OutputError(CodemodError):
    """The codemod's output is invalid: a bug in the codemod."""

"""What clients send, in logs: it stays within its line, and gives a terminal no orders.

Without this a room's name, a header or the message of an exception could hold a line break and what looks
like a log line of its own, or escape sequences that hide one.
"""

from __future__ import annotations

import logging

_INDENT = "  "
_formatter = logging.Formatter()


def printable(text: str) -> str:
    """A text with escapes in place of line breaks, control characters, and marks that change the direction of
    writing."""
    return text if text.isprintable() else "".join(map(_shown, text))


def indented(text: str) -> str:
    """A text of several lines, each made printable, and all but the first indented: none can be taken for the
    first line of another record."""
    lines = [line.replace("\t", "    ") for line in text.split("\n")]
    return f"\n{_INDENT}".join(map(printable, lines))


class ForgeryGuard(logging.Filter):
    """Makes the arguments of a logger's records, and their tracebacks, safe for any formatter."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change a record; none is left out."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_safe, record.args))
        if record.exc_info and not record.exc_text:
            record.exc_text = _INDENT + indented(_formatter.formatException(record.exc_info))
        return True


def guard_log() -> None:
    """Make the records of this package's logger safe."""
    logging.getLogger("partyserver").addFilter(_GUARD)  # a second time it does nothing


_GUARD = ForgeryGuard()


class _Message(str):
    """The text of an exception, which `%r` shows as the exception."""

    _shown: str

    def __new__(cls, error: BaseException) -> _Message:
        message = super().__new__(cls, printable(str(error)))
        message._shown = printable(repr(error))
        return message

    def __repr__(self) -> str:
        return self._shown


def _safe(argument: object) -> object:
    if isinstance(argument, str):
        return printable(argument)
    return _Message(argument) if isinstance(argument, BaseException) else argument


def _shown(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()

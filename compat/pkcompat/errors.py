"""The exceptions of `pkcompat`, one tree."""

from __future__ import annotations


class PkcompatError(Exception):
    """Base class of all exceptions that this package raises.

    Attributes:
        detail: the traceback of the user's code, without this package's frames, if there is one.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class LegacyPartyError(PkcompatError, TypeError):
    """An object cannot be a party; the message says what is wrong and how to fix it."""

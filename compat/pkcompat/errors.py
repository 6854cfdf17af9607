"""The exceptions of `pkcompat`, one tree."""

from __future__ import annotations


class PkcompatError(Exception):
    """Root of everything that this package raises on its own account.

    Attributes:
        detail: the user's traceback, from the user's frames on, if there is one.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class LegacyPartyError(PkcompatError, TypeError):
    """An object cannot be a party: the message says what is wrong with it, and what would be right."""

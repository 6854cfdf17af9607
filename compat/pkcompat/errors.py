"""The exceptions of `pkcompat`, one tree."""

from __future__ import annotations


class PkcompatError(Exception):
    """Root of everything that this package raises on its own account."""


class LegacyPartyError(PkcompatError, TypeError):
    """An object cannot be a party: the message says what is wrong with it, and what would be right."""

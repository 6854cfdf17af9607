"""Why a file could not be processed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file could not be processed.

    Attributes:
        message: what is wrong.
        line: from 1; None if it concerns the whole file.
        column: from 1; None if it concerns the whole file.
    """

    message: str
    line: int | None = None
    column: int | None = None

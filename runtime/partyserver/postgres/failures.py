"""What asyncpg raises, and which of it passes by itself."""

from __future__ import annotations

from typing import Final

import asyncpg

FAILURES: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What is raised where a connection or a statement fails."""

# Connection, rollback for the sake of others, resources, lock, operator (who ends sessions), system.
_PASSING_CLASSES: Final = frozenset({"08", "40", "53", "55", "57", "58"})
_PASSING: Final = frozenset({"25006", "25P03"})  # the primary has become a replica; a transaction had to wait


def passes(error: BaseException) -> bool:
    """Whether an error is one of the connection or of the server's state, and another try may succeed."""
    if isinstance(error, asyncpg.PostgresError):
        code = str(error.sqlstate or "")
        return code[:2] in _PASSING_CLASSES or code in _PASSING
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
        return not isinstance(error, ValueError)  # which is an argument that cannot be encoded
    return isinstance(error, OSError)


def one_line(error: BaseException) -> str:
    """An error in one line."""
    return " ".join(str(error).split()) or type(error).__name__

"""A private PostgreSQL for the tests that can share one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pkcompat.clusters import PostgresError, PrivatePostgres, find_binaries, private_postgres


@pytest.fixture(scope="session")
def binaries() -> None:
    """Skips the test where PostgreSQL is not installed."""
    try:
        find_binaries()
    except PostgresError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def postgres(binaries: None) -> Iterator[PrivatePostgres]:
    with private_postgres(fsync=False) as server:
        yield server

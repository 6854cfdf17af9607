"""A private PostgreSQL for the tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pkcompat.clusters import PostgresError, PrivatePostgres, find_binaries, private_postgres


@pytest.fixture(scope="session")
def server() -> Iterator[PrivatePostgres]:
    """One for all tests of a process; each uses a schema of its own."""
    try:
        find_binaries()
    except PostgresError as error:
        pytest.skip(str(error))
    with private_postgres(fsync=False, settings={"autovacuum": "off"}) as server:
        yield server

"""A private PostgreSQL for these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pkcompat.clusters import PostgresError, PrivatePostgres, find_binaries, private_postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    try:
        find_binaries()
    except PostgresError as error:
        pytest.skip(str(error))
    with private_postgres(fsync=False) as server:
        yield server

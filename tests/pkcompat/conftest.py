"""A private PostgreSQL for the tests that can share one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pkcompat.clusters import PostgresError, PrivatePostgres, find_binaries, private_postgres


@pytest.fixture(scope="session")
def binaries() -> None:
    """Skips the test where PostgreSQL is not installed."""
    try:
        find_binaries()
    except PostgresError as error:
        pytest.skip(str(error))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter, unlike pytest's: for whom a server runs as where we are root."""
    with tempfile.TemporaryDirectory(prefix="pkcompat-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="module")
def postgres(binaries: None) -> Iterator[PrivatePostgres]:
    with private_postgres(fsync=False) as server:
        yield server

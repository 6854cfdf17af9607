"""A private PostgreSQL for the tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.partyserver.postgres.private_server import BINARIES, PrivateServer, running


@pytest.fixture(scope="session")
def server() -> Iterator[PrivateServer]:
    if BINARIES is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    with running() as server:
        yield server

"""The first connection: what is in its way, and what to do about it."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

import asyncpg

from partyserver.exceptions import ClusterError
from partyserver.postgres.connector import Connector
from partyserver.postgres.failures import FAILURES, one_line, passes

if TYPE_CHECKING:
    from partyserver.postgres.lane import Wire

logger = logging.getLogger("partyserver")

OLDEST = 15
"""The oldest version of PostgreSQL that is supported."""
PATIENCE = 10.0
"""Seconds that a start waits for the database."""


async def first_connection(connector: Connector) -> Wire:
    """Connect, as soon as the database answers, to a server that can be used.

    Raises:
        ClusterError: there is none; the message says what to do.
    """
    wire = await _connected(connector)
    try:
        async with wire.transaction():
            await _check_server(wire, connector.shown)
    except BaseException:
        wire.terminate()
        raise
    return wire


async def _connected(connector: Connector) -> Wire:
    deadline = time.monotonic() + PATIENCE
    waits = False
    while True:
        try:
            return await connector.connect()
        except FAILURES as error:
            problem = _refusal(error, connector)
            if problem is None and time.monotonic() >= deadline:
                problem = _absence(error, connector.shown)
            if problem is not None:
                raise ClusterError(problem) from error
            if not waits:
                logger.warning("waiting for the database %s (%s)", connector.shown, one_line(error))
                waits = True
            await asyncio.sleep(0.1)


def _refusal(error: Exception, connector: Connector) -> str | None:
    """What to do about an error that does not pass by itself; None where it may."""
    shown = connector.shown
    match error:
        case asyncpg.TargetServerAttributeNotMatched() if not connector.several:
            return (
                f"the database {shown} takes no writes: it is a read-only replica; name its primary, or all "
                "servers (postgresql://a,b/database). If it is none: for the role or the database, "
                "ALTER ... SET default_transaction_read_only = off"
            )
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return (
                f"the database {shown} refuses the credentials ({one_line(error)}); mend the user and the "
                "password in the connection string or in PGUSER and PGPASSWORD, or the server's pg_hba.conf"
            )
        case asyncpg.InvalidCatalogNameError():
            return f"the database {shown} is not there; make it: createdb --encoding=UTF8 NAME"
        case asyncpg.InsufficientPrivilegeError():
            return (
                f"the database {shown} refuses the role ({one_line(error)}); as its owner: "
                "GRANT CONNECT ON DATABASE ... TO ...;"
            )
        case asyncpg.ClientConfigurationError():
            return f"the connection string {shown} cannot be used: {one_line(error)}"
        case asyncpg.PostgresError() if not passes(error):
            return f"the database {shown} refuses connections: {one_line(error)}"
    return None


def _absence(error: Exception, shown: str) -> str:
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return (
            f"every server of {shown} is a read-only replica; name the primary, too, or promote one of them: "
            "pg_ctl promote"
        )
    return (
        f"no database answers at {shown} ({one_line(error)}); start PostgreSQL there (on Debian: apt install "
        "postgresql, systemctl start postgresql), or mend the connection string"
    )


async def _check_server(wire: Wire, shown: str) -> None:
    version = wire.get_server_version()
    if version.major < OLDEST:
        raise ClusterError(
            f"the database {shown} is PostgreSQL {version.major}.{version.minor}; {OLDEST} or newer is needed"
        )
    encoding = await wire.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise ClusterError(
            f"the database {shown} is encoded in {encoding}; make one in UTF8: createdb --encoding=UTF8 "
            "--template=template0 NAME"
        )

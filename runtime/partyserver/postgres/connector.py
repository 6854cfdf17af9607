"""Opening connections to the server of a cluster's database that takes writes."""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import TYPE_CHECKING, Final

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from partyserver.postgres.dsn import each_host, shown
from partyserver.postgres.failures import FAILURES, one_line

if TYPE_CHECKING:
    from partyserver.postgres.lane import Wire

logger = logging.getLogger("partyserver")

CONNECT = 2.0
"""Seconds in which a host has answered, or another is tried."""

# What a session must have, whatever the role's or the database's defaults are: a commit that a timeout ends
# may be on one machine alone, a row must be seen as it is now, and warnings say that a commit is in doubt.
_SESSION: Final = {
    "application_name": "pkcompat",
    "client_min_messages": "warning",
    "default_transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
    "lock_timeout": "0",
    "statement_timeout": "0",
    # Statements look up what their arrays name by the primary keys, however few or many the planner takes
    # them for: it must not read a table of all rooms' entries for the sake of one batch.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
    # A server whose client is gone without a word ends the session after 10 s, and with it its locks.
    "tcp_keepalives_count": "3",
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
}
_DURABLE: Final = (
    "SELECT set_config('synchronous_commit', 'on', {local}) "
    "WHERE current_setting('synchronous_commit') IN ('off', 'local')"
)
"""What is committed is on the disk, and on the standby where there is one, when it is answered."""
_OF_A_TRANSACTION: Final = {
    **_SESSION,
    # One whose node stands still must not keep the locks of its rooms, for which those wait who take them.
    "idle_in_transaction_session_timeout": "3s",
}
_NOT_OF_A_TRANSACTION: Final = ("application_name", "default_transaction_isolation", "plan_cache_mode")
BEGIN: Final = "; ".join(
    [
        "BEGIN ISOLATION LEVEL READ COMMITTED",
        *(
            f"SET LOCAL {name} = '{value}'"
            for name, value in _OF_A_TRANSACTION.items()
            if name not in _NOT_OF_A_TRANSACTION and not name.startswith("tcp_")
        ),
        _DURABLE.format(local=True),
    ]
)
"""Begins a transaction behind a pooler, which lets nobody set anything for a session."""
_SOCKET: Final = {"TCP_KEEPIDLE": 1, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 4_000}


class Connector:
    """Opens connections.

    Args:
        dsn: the connection string; it may name several hosts.
    """

    def __init__(self, dsn: str) -> None:
        self.shown = shown(dsn)
        self.pooled: bool | None = None
        """Whether a pooler stands between, so that nothing is kept in a session and each call is a
        transaction; None before the first connection."""
        self._hosts = each_host(dsn)
        self._chooses = "target_session_attrs" in dsn or "PGTARGETSESSIONATTRS" in os.environ
        self.several = len(self._hosts) > 1 or "," in os.environ.get("PGHOST", "")
        """Whether there are standbys that may become the server that takes writes."""
        self._away_since: float | None = None

    async def connect(self) -> Wire:
        """A connection.

        Raises:
            Exception: one of `FAILURES`, there is no server that takes writes.
        """
        error: Exception | None = None
        for host in tuple(self._hosts):
            try:
                wire = await self._open(host)
            except FAILURES as new:
                if error is None or not isinstance(new, OSError):
                    error = new  # rather what a server said than that another is away
                continue
            self._hosts.remove(host)
            self._hosts.insert(0, host)
            return wire
        assert error is not None
        raise error

    def away(self, error: BaseException) -> None:
        """Log that the database does not answer, once."""
        if self._away_since is None:
            self._away_since = time.monotonic()
            logger.warning("the database %s does not answer (%s); trying again", self.shown, one_line(error))

    def back(self) -> None:
        """Log that it answers again."""
        if self._away_since is not None:
            seconds = time.monotonic() - self._away_since
            self._away_since = None
            logger.warning("the database %s answers again, after %.1f s", self.shown, seconds)

    async def _open(self, host: str) -> Wire:
        if self.pooled is None:
            wire = await self._session(host, True)
            try:
                self.pooled = await finds_pooler(wire)
            finally:
                wire.terminate()
            if self.pooled:
                logger.info("a pooler stands before the database %s: statements are not prepared", self.shown)
        wire = await self._session(host, self.pooled)
        try:
            if self.pooled:
                async with wire.transaction():
                    await _check_writes(wire)
            else:
                await wire.execute(_DURABLE.format(local=False))
        except BaseException:
            wire.terminate()
            raise
        return wire

    async def _session(self, host: str, pooled: bool) -> Wire:
        wire: Wire = await asyncpg.connect(
            host,
            timeout=CONNECT,
            server_settings=None if pooled else _SESSION,
            statement_cache_size=0 if pooled else 100,
            max_cached_statement_lifetime=0,
            target_session_attrs=None if pooled or self._chooses else SessionAttribute.read_write,
            record_class=asyncpg.Record,
        )
        _notice_a_cut(wire)
        return wire


async def finds_pooler(wire: Wire) -> bool:
    """Whether statements go to another session than the one that greeted.

    Nothing is prepared by name here: the sessions of a pooler are shared with other nodes, whose statements
    have the same names.
    """
    async with wire.transaction():
        return bool(await wire.fetchval("SELECT pg_backend_pid()") != wire.get_server_pid())


async def _check_writes(wire: Wire) -> None:
    """See whether a server takes writes, which a pooler does not tell.

    Raises:
        asyncpg.TargetServerAttributeNotMatched: it does not.
    """
    if await wire.fetchval("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'"):
        raise asyncpg.TargetServerAttributeNotMatched("the server behind the pooler takes no writes")


def _notice_a_cut(wire: Wire) -> None:
    """End the connection some seconds after the network is cut; a commit that waits has no other limit."""
    transport = getattr(wire, "_transport", None)  # asyncpg hands out no socket
    sock = None if transport is None else transport.get_extra_info("socket")
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _SOCKET.items():
        if hasattr(socket, name):  # not every system has all of them
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

"""Opening connections to PostgreSQL, and what their errors mean."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from partyserver.exceptions import ClusterError
from partyserver.postgres.dsn import each_host, shown

if TYPE_CHECKING:
    from partyserver.postgres.lane import Wire

logger = logging.getLogger("partyserver")

OLDEST = 15
"""The oldest version of PostgreSQL that is supported."""
START = 10.0
"""Seconds that a start waits for the database."""
CONNECT = 3.0
"""Seconds in which a host has answered, or another is tried."""

# What a session must have, whatever the role's or the database's defaults are: a commit that a timeout ends
# may be on one machine alone, a row must be seen as it is now, and warnings say that a commit is in doubt.
SESSION: Final = {
    "application_name": "pkcompat",
    "client_min_messages": "warning",
    "default_transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
    "lock_timeout": "0",
    "statement_timeout": "0",
    # A server whose client is gone without a word ends the session after 10 s, and with it its locks.
    "tcp_keepalives_count": "3",
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
}
_CHECKED: Final = (
    "client_min_messages",
    "default_transaction_isolation",
    "lock_timeout",
    "statement_timeout",
)
"""Those of them that a pooler's session must have of itself."""
_WEAK: Final = ("off", "local")
"""Values of `synchronous_commit` with which what was committed can be lost."""

_PASSING_CLASSES: Final = frozenset({"08", "40", "53", "55", "57", "58"})
_READ_ONLY: Final = "25006"
_UNSUPPORTED_PARAMETER: Final = "08P01"  # PgBouncer's answer to what SESSION has
_LOST_STATEMENTS: Final = frozenset({"26000", "42P05"})  # a pooler gave the transaction another session


FAILURES: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg raises where a connection or a statement fails."""


def passes(error: BaseException) -> bool:
    """Whether an error is one of the connection or of the server's state, and another try may succeed."""
    if isinstance(error, asyncpg.PostgresError):
        code = str(error.sqlstate or "")
        return code[:2] in _PASSING_CLASSES or code == _READ_ONLY or code in _LOST_STATEMENTS
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
        return not isinstance(error, ValueError)  # which is an argument that cannot be encoded
    return isinstance(error, OSError)


class Connector:
    """Opens connections to the one server of a cluster's database that takes writes.

    Args:
        dsn: the connection string; it may name several hosts.
    """

    def __init__(self, dsn: str) -> None:
        self.shown = shown(dsn)
        self.pooled = False
        """Whether a pooler that keeps no session stands between: each call is a transaction then."""
        self._hosts = each_host(dsn)
        self._several = len(self._hosts) > 1 or "," in os.environ.get("PGHOST", "")
        self._away_since: float | None = None

    async def connect(self) -> Wire:
        """A connection to a server that takes writes.

        Raises:
            one of FAILURES: there is none.
            ClusterError: the server cannot be used.
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

    async def _open(self, host: str) -> Wire:
        try:
            wire = await self._session(host, None if self.pooled else SESSION)
        except asyncpg.ProtocolViolationError as error:
            if self.pooled or error.sqlstate != _UNSUPPORTED_PARAMETER:
                raise
            self.use_pooler()
            wire = await self._session(host, None)
        try:
            _notice_a_cut(wire)
            await self._check(wire)
        except BaseException:
            wire.terminate()
            raise
        return wire

    async def _session(self, host: str, settings: dict[str, str] | None) -> Wire:
        return await asyncpg.connect(
            host,
            timeout=CONNECT,
            server_settings=settings,
            statement_cache_size=0 if self.pooled else 100,
            max_cached_statement_lifetime=0,
            target_session_attrs=self._attributes(host),
            record_class=asyncpg.Record,
        )

    def _attributes(self, host: str) -> SessionAttribute | None:
        if "target_session_attrs" in host or "PGTARGETSESSIONATTRS" in os.environ or not self._several:
            return None
        return SessionAttribute.read_write

    async def _check(self, wire: Wire) -> None:
        if self.pooled:
            await _check_pooler(wire)
        elif await wire.fetchval("SHOW synchronous_commit") in _WEAK:
            await wire.execute("SET synchronous_commit = on")

    def use_pooler(self) -> None:
        """From now on nothing is kept in a session, each call is a transaction."""
        if not self.pooled:
            logger.info("a pooler stands before the database %s: statements are not prepared", self.shown)
        self.pooled = True

    def away(self, error: BaseException) -> None:
        """Log that the database does not answer, once."""
        if self._away_since is None:
            self._away_since = time.monotonic()
            logger.warning("the database %s does not answer (%s); trying again", self.shown, one_line(error))
        if isinstance(error, asyncpg.PostgresError) and error.sqlstate in _LOST_STATEMENTS:
            self.use_pooler()

    def back(self) -> None:
        """Log that it answers again."""
        if self._away_since is not None:
            seconds = time.monotonic() - self._away_since
            self._away_since = None
            logger.warning("the database %s answers again, after %.1f s", self.shown, seconds)

    async def start(self) -> Wire:
        """The first connection.

        Raises:
            ClusterError: there is no server that can be used; the message says what to do.
        """
        deadline = time.monotonic() + START
        waits = False
        while True:
            try:
                wire = await self.connect()
                break
            except FAILURES as error:
                problem = self._refusal(error)
                if problem is not None:
                    raise ClusterError(problem) from error
                if time.monotonic() >= deadline:
                    raise ClusterError(self._absence(error)) from error
                if not waits:
                    logger.warning("waiting for the database %s (%s)", self.shown, one_line(error))
                    waits = True
                await asyncio.sleep(0.1)
        try:
            await self._check_server(wire)
        except BaseException:
            wire.terminate()
            raise
        return wire

    def _refusal(self, error: Exception) -> str | None:
        """What to do about an error that does not pass by itself; None where it may."""
        says = f"the database {self.shown} "
        match error:
            case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
                return says + (
                    f"refuses the credentials ({one_line(error)}); mend the user and the password in the "
                    "connection string or in PGUSER and PGPASSWORD, or the server's pg_hba.conf"
                )
            case asyncpg.InvalidCatalogNameError():
                return says + f"is not there ({one_line(error)}); make it: createdb --encoding=UTF8 NAME"
            case asyncpg.TargetServerAttributeNotMatched():
                return None  # a standby may be promoted
            case asyncpg.ClientConfigurationError():
                return f"the connection string {self.shown} cannot be used: {one_line(error)}"
            case asyncpg.PostgresError() if not passes(error):
                return says + f"refuses connections: {one_line(error)}"
        return None

    def _absence(self, error: Exception) -> str:
        if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
            return (
                f"every server of {self.shown} is a read-only replica; name the primary, or promote one of "
                "them: pg_ctl promote"
            )
        return (
            f"no database answers at {self.shown} ({one_line(error)}); start PostgreSQL there (on Debian: "
            "apt install postgresql, systemctl start postgresql), or mend the connection string"
        )

    async def _check_server(self, wire: Wire) -> None:
        version = wire.get_server_version()
        if version.major < OLDEST:
            raise ClusterError(
                f"the database {self.shown} is PostgreSQL {version.major}.{version.minor}; "
                f"{OLDEST} or newer is needed"
            )
        if await wire.fetchval("SELECT pg_is_in_recovery()"):
            raise ClusterError(
                f"the database {self.shown} is a read-only replica; name its primary, or all servers "
                "(postgresql://a,b/database): the one that takes writes is used"
            )
        if await wire.fetchval("SHOW default_transaction_read_only") == "on":
            raise ClusterError(
                f"the database {self.shown} is read-only by its settings; for the role or the database: "
                "ALTER ... SET default_transaction_read_only = off"
            )
        encoding = await wire.fetchval("SHOW server_encoding")
        if encoding != "UTF8":
            raise ClusterError(
                f"the database {self.shown} is encoded in {encoding}; make one in UTF8: createdb "
                "--encoding=UTF8 --template=template0 NAME"
            )


async def _check_pooler(wire: Wire) -> None:
    """The settings that a pooler lets through only from the role.

    Raises:
        ClusterError: one of them is another; the message says how to set it.
    """
    names: Sequence[str] = (*_CHECKED, "synchronous_commit")
    rows = await wire.fetch("SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])", names)
    for name, value in rows:
        if name == "synchronous_commit":
            wanted = "on" if value in _WEAK else value
        elif name == "client_min_messages" and value in ("notice", "log", "info", "debug1", "debug5"):
            wanted = value
        else:
            wanted = SESSION[name]
        if value != wanted:
            role = await wire.fetchval("SELECT quote_ident(current_user)")
            raise ClusterError(
                f"a pooler stands before the database, and {name} is {value!r}: ALTER ROLE {role} SET {name} "
                f"= '{wanted}';"
            )


def _notice_a_cut(wire: Wire) -> None:
    """End the connection some seconds after the network is cut; a commit that waits has no other limit."""
    transport = getattr(wire, "_transport", None)  # asyncpg hands out no socket
    sock = None if transport is None else transport.get_extra_info("socket")
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 1),
        ("TCP_KEEPINTVL", 1),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 4_000),
    ):
        if hasattr(socket, name):  # not on every system
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def one_line(error: BaseException) -> str:
    """An error in one line."""
    return " ".join(str(error).split()) or type(error).__name__

"""A cluster in PostgreSQL, as its users name it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from partyserver.cluster import ClusterEngine, ClusterSettings
from partyserver.exceptions import ClusterError
from partyserver.postgres.dsn import shown

_NAMESPACE = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)


@dataclass(frozen=True)
class PostgresCluster(ClusterSettings):
    """A cluster whose rooms are kept in PostgreSQL, 15 or newer.

    Args:
        dsn: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, as libpq has it; what it leaves out is taken
            from the `PG*` variables. Several hosts (`postgresql://a,b/db`) are a primary and its standbys:
            the one that takes writes is used.
        namespace: the schema that the tables live in; lower-case letters, digits and `_`.

    Raises:
        ClusterError: one of the settings cannot be used; the message says what to write.
    """

    dsn: str = field(repr=False)
    namespace: str = field(default="pkcompat", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.dsn.startswith(("postgresql://", "postgres://")):
            raise ClusterError(
                "a cluster's database is named as postgresql://USER@HOST/DATABASE; the given text starts "
                f"with {self.dsn[:12].partition(':')[0]!r}"
            )
        if _NAMESPACE.fullmatch(self.namespace) is None or self.namespace.startswith("pg_"):
            raise ClusterError(
                f"{self.namespace!r} is no namespace; use up to 63 lower-case letters, digits and _, no "
                "digit first, and not pg_"
            )

    @property
    def shown_dsn(self) -> str:
        """The connection string without its passwords."""
        return shown(self.dsn)

    def __repr__(self) -> str:
        return (
            f"PostgresCluster({self.shown_dsn!r}, namespace={self.namespace!r}, "
            f"advertise={self.advertise!r}, lease={self.lease!r})"
        )

    def engine(self) -> ClusterEngine:
        try:
            from partyserver.postgres.engine import PostgresEngine
        except ModuleNotFoundError as error:
            if error.name != "asyncpg":
                raise
            raise ClusterError(
                "a cluster in PostgreSQL needs asyncpg; install it with: pip install 'pkcompat[cluster]'"
            ) from None
        return PostgresEngine(self.dsn, self.namespace)

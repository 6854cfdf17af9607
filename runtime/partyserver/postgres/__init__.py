"""A cluster kept in PostgreSQL, 15 or newer; needs the extra `cluster`."""

from partyserver.postgres.settings import PostgresCluster

__all__ = ["PostgresCluster"]

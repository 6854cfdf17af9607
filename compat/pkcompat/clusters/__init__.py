"""A cluster on this machine: a private PostgreSQL, nodes as processes, a balancer in front of them."""

from pkcompat.clusters.balancer import Balancer, balancing
from pkcompat.clusters.binaries import PostgresError, find_binaries
from pkcompat.clusters.private_postgres import PrivatePostgres, private_postgres

__all__ = [
    "Balancer",
    "PostgresError",
    "PrivatePostgres",
    "balancing",
    "find_binaries",
    "private_postgres",
]

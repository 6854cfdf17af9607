"""A cluster on this machine: a private PostgreSQL, nodes as processes, a balancer in front of them."""

from pkcompat.clusters.balancer import Balancer, balancing
from pkcompat.clusters.binaries import PostgresError, find_binaries
from pkcompat.clusters.local_cluster import Lines, LocalCluster, local_cluster
from pkcompat.clusters.node_process import NodeEndedError, NodeProcess, OnLine
from pkcompat.clusters.private_postgres import PrivatePostgres, private_postgres
from pkcompat.clusters.trial import Told, Trial, TrialError, run_trial

__all__ = [
    "Balancer",
    "Lines",
    "LocalCluster",
    "NodeEndedError",
    "NodeProcess",
    "OnLine",
    "PostgresError",
    "PrivatePostgres",
    "Told",
    "Trial",
    "TrialError",
    "balancing",
    "find_binaries",
    "local_cluster",
    "private_postgres",
    "run_trial",
]

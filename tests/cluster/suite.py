"""The experiments on a cluster."""

from __future__ import annotations

from pathlib import Path

from tests.soak.suite import Suite

CLUSTER = Suite(
    "tests.cluster.experiments", Path(__file__).with_name("experiments"), "tests.cluster", "make soak-cluster"
)
"""Nodes, their database, and what is between them."""

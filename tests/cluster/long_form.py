"""Tests of clusters that take real processes, and so some seconds each: `make test-cluster` runs them."""

from __future__ import annotations

import os

import pytest

IS_LONG = os.environ.get("CLUSTER") == "long"
"""Whether they run: `CLUSTER=long`."""

long_form = pytest.mark.skipif(not IS_LONG, reason="starts a cluster of processes: make test-cluster")

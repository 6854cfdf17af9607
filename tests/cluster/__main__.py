"""Puts a cluster's promises to the test: `make test-cluster`, `make soak-cluster MINUTES=30`.

Nodes and PostgreSQL are processes on this machine; they are killed, stopped and cut off while clients count.
The exit status is 1 if a promise is broken. With 30 minutes or more it is the long form, which `--write` puts
down in docs/reliability.md.
"""

from __future__ import annotations

import sys

from tests.cluster.suite import CLUSTER
from tests.soak.__main__ import main

if __name__ == "__main__":
    sys.exit(main(CLUSTER, __doc__))

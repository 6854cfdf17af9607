"""What a node counts of its part in the cluster, for metrics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class NodeFigures:
    """The figures of one node.

    Attributes:
        rooms_taken: how many rooms have become this node's, from nobody or from a dead node.
        rooms_lost: how many were lost: with the lease, to another node, or with a commit that failed.
        messages_to_owners: messages of this node's clients that were passed on.
        messages_from_owners: messages that came from owners for this node's clients; a broadcast is one.
        requests_to_owners: HTTP requests that were passed on.
    """

    rooms_taken: int = 0
    rooms_lost: int = 0
    messages_to_owners: int = 0
    messages_from_owners: int = 0
    requests_to_owners: int = 0

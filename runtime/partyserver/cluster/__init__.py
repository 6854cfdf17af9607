"""Rooms on more than one machine: who owns a room, and how the other nodes pass on what is for it."""

from partyserver.cluster.engine import (
    ClusterEngine,
    DueAlarm,
    Node,
    Ownership,
    Part,
    RoomData,
    StoredRoom,
)
from partyserver.cluster.figures import NodeFigures
from partyserver.cluster.local_node import LocalNode
from partyserver.cluster.passing import Passing
from partyserver.cluster.settings import ClusterSettings, check_address

is_for_nodes = Passing.is_for_nodes

__all__ = [
    "ClusterEngine",
    "ClusterSettings",
    "DueAlarm",
    "LocalNode",
    "Node",
    "NodeFigures",
    "Ownership",
    "Part",
    "RoomData",
    "StoredRoom",
    "check_address",
    "is_for_nodes",
]
